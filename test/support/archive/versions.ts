import { appendFile, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from '../process.ts';
import { repackDeb } from '../repack.ts';

/** Versions of a real package of a module, as paths of the host, each higher than the one before. */
export interface PackageVersions {
  /** As the archive has it. */
  readonly first: string;
  /** The same version of the module, whose source says something else. */
  readonly changed: string;
  /** Another version of the module. */
  readonly next: string;
}

/** Makes the later versions of a package from its .deb, in the folder that it is in. */
export async function makeVersions(first: string, folder: string): Promise<PackageVersions> {
  const later = (suffix: string, edit: (tree: string) => Promise<void>) =>
    repackDeb(first, { version: (old) => `${old}+${suffix}`, edit }, folder);
  return {
    first,
    changed: await later('1', changeSource),
    next: await later('2', async (tree) => {
      await changeSource(tree);
      await raiseModuleVersion(tree);
    }),
  };
}

/** Every module of the package tells of itself what it did not tell before. */
async function changeSource(tree: string): Promise<void> {
  const search = [
    'grep',
    '--recursive',
    '--files-with-matches',
    '--include=*.c',
    '--null',
    'MODULE_LICENSE(',
  ];
  const found = await execute([...search, join(tree, 'usr/src')]);
  for (const file of found.stdout.toString().split('\0').slice(0, -1))
    await appendFile(file, '\nMODULE_INFO(repacked, "yes");\n');
}

/** What the maintainer of a package does for a new version: its folder, dkms.conf, and what dh_dkms writes into scripts. */
async function raiseModuleVersion(tree: string): Promise<void> {
  const sources = join(tree, 'usr/src');
  const [folder = ''] = await readdir(sources);
  const scripts = ['postinst', 'prerm'].map((name) => join(tree, 'DEBIAN', name));
  const version = /^DKMS_VERSION=(\S+)$/m.exec(await readFile(scripts[0] ?? '', 'utf8'))?.[1] ?? '';
  if (!folder.endsWith(`-${version}`)) throw new Error(`${folder} is not the source of version ${version}`);
  const next = `${version}.1`;
  await rename(join(sources, folder), join(sources, `${folder}.1`));
  const conf = join(sources, `${folder}.1`, 'dkms.conf');
  await edit(conf, /^(\s*PACKAGE_VERSION=["']?)[^"'\s]+/m, (_, name) => `${name}${next}`);
  for (const script of scripts) await edit(script, /^(DKMS_VERSION=)\S+$/m, (_, name) => `${name}${next}`);
}

async function edit(file: string, what: RegExp, by: (...match: string[]) => string): Promise<void> {
  const before = await readFile(file, 'utf8');
  const after = before.replace(what, by);
  if (after === before) throw new Error(`${file} has nothing to change`);
  await writeFile(file, after);
}
