import { basename, join } from 'node:path';
import { listFolder, readTextIfPresent } from '../../system/files.ts';
import { resolveInRoot } from '../../system/root.ts';
import { objectName } from '../install/built-files.ts';
import { type Layout, modulesFolder } from '../layout.ts';
import { kernelName } from './content.ts';

/** What depmod has worked out about a kernel's modules. Names as the kernel has them. */
export interface ModuleIndex {
  readonly names: ReadonlySet<string>;
  /** Those that bring a module along when they go into an initramfs; also by what modprobe.d(5) says. */
  dependentsOf(name: string): readonly string[];
}

export async function readModuleIndex(layout: Layout, release: string): Promise<ModuleIndex> {
  const folder = modulesFolder(layout, release);
  const lines = (await read(join(folder, 'modules.dep'))).split('\n').filter((line) => line !== '');
  const hard = lines.map((line) => line.split(/:?\s+|:$/).map(toName));
  const files = ['modules.softdep', 'modules.weakdep'].map((file) => join(folder, file));
  const texts = await Promise.all([...files, ...(await modprobeFiles(layout))].map(read));
  const soft = texts
    .flatMap((text) => [...text.matchAll(/^\s*(?:soft|weak)dep\s+(.*)$/gm)])
    .map(([, words = '']) => words.split(/\s+/).map(kernelName));
  return {
    names: new Set(hard.map(([name = '']) => name)),
    dependentsOf: (name) => {
      const found = [...hard, ...soft].filter(([, ...needed]) => needed.includes(kernelName(name)));
      return [...new Set(found.map(([own = '']) => own))];
    },
  };
}

async function modprobeFiles({ root }: Layout): Promise<string[]> {
  const folders = ['/etc/modprobe.d', '/run/modprobe.d', '/usr/local/lib/modprobe.d', '/usr/lib/modprobe.d'];
  const found = await Promise.all(
    folders.map(async (path) => {
      const folder = await resolveInRoot(root, path);
      return (await listFolder(folder).catch(() => [])).map(({ name }) => join(folder, name));
    }),
  );
  return found.flat().filter((path) => path.endsWith('.conf'));
}

function toName(path: string): string {
  return kernelName(objectName(basename(path)) ?? basename(path));
}

async function read(path: string): Promise<string> {
  return (await readTextIfPresent(path).catch(() => undefined)) ?? '';
}
