import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchDirectory } from './cache.ts';
import { execute } from './process.ts';

export interface RepackOptions {
  version?: (old: string) => string;
  /** New versions for exact dependencies: `{ name: '2' }` turns `name (= 1)` into `name (= 2)`. */
  dependencies?: Readonly<Record<string, string>>;
  /** Changes the files of the package in place. */
  edit?: (treeDirectory: string) => Promise<void>;
  control?: (text: string) => string;
}

/** Makes another version of a real package: same name, chosen contents. Returns its path in `outDirectory`. */
export async function repackDeb(
  debPath: string,
  options: RepackOptions,
  outDirectory: string,
): Promise<string> {
  const tree = await scratchDirectory('memory');
  try {
    await execute(['dpkg-deb', '--raw-extract', debPath, tree]);
    await options.edit?.(tree);
    const file = join(tree, 'DEBIAN/control');
    const control = editControl(await readFile(file, 'utf8'), options);
    await writeFile(file, control);
    await writeFile(join(tree, 'DEBIAN/md5sums'), await checksums(tree));
    const target = join(outDirectory, fileName(control));
    await execute(['dpkg-deb', '--root-owner-group', '-Znone', '--build', tree, target]);
    return target;
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

function editControl(text: string, options: RepackOptions): string {
  const { version, dependencies = {}, control } = options;
  let edited = text;
  if (version !== undefined)
    edited = edited.replace(/^Version: (.*)$/m, (_, old) => `Version: ${version(old)}`);
  for (const [name, wanted] of Object.entries(dependencies)) {
    edited = edited.replaceAll(
      /(^|[\s,|])([a-z0-9][a-z0-9+.-]*) \(= [^)]+\)/gm,
      (exact, before, dependency) => (dependency === name ? `${before}${name} (= ${wanted})` : exact),
    );
  }
  return control?.(edited) ?? edited;
}

function fileName(control: string): string {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(control)?.[1] ?? '';
  return `${field('Package')}_${field('Version').replace(/^\d+:/, '')}_${field('Architecture')}.deb`;
}

async function checksums(tree: string): Promise<string> {
  const conffiles = await readFile(join(tree, 'DEBIAN/conffiles'), 'utf8').catch(() => '');
  const excluded = new Set(conffiles.split('\n').map((path) => path.slice(1)));
  const files = ['find', tree, '-path', `${tree}/DEBIAN`, '-prune', '-o', '-type', 'f'];
  const sums = await execute([...files, '-exec', 'md5sum', '{}', '+']);
  const lines = sums.stdout
    .toString()
    .replaceAll(`  ${tree}/`, '  ')
    .split(/(?<=\n)/);
  return lines.filter((line) => !excluded.has(line.slice(34).trimEnd())).join('');
}
