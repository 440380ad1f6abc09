import { dirname, join, relative } from 'node:path';
import { indexedModules } from '../../formats/module-index.ts';
import { syncFolder } from '../../system/durable.ts';
import { runChecked } from '../../system/exec.ts';
import {
  exists,
  existsAsEntry,
  listFolder,
  makeFolder,
  pruneEmptyFolders,
  readTextIfPresent,
  removeTree,
  renamePath,
} from '../../system/files.ts';
import { isRunning } from '../../system/running.ts';
import { linkFile } from '../../system/unpacked-files.ts';
import { findImage } from '../kernels.ts';
import { type Layout, modulesFolder, weakFolder } from '../layout.ts';

/**
 * What a kernel's modules_install leaves, also of a kernel without any modules of its own; besides the image, since
 * Debian's headers of Linux 7 depend on a package that brings modules.order and modules.builtin.
 */
const installedMarks = ['kernel', 'modules.order', 'modules.builtin'];

const index = 'modules.dep';

/** What depmod(8) writes. */
const indexFile = /^modules\.(alias|dep|devname|softdep|symbols|weakdep|.*\.bin)$/;

/**
 * Rebuilds a kernel's module index (depmod(8)). Does nothing for a folder that is no kernel, so that leftovers do not
 * turn into one; where an index is all that is left of a kernel, it goes (dkms-compat.md section 3.5). With `renew`, as
 * dkms does, a kernel without an index stays without. dkms also names the kernel's System.map, which changes nothing.
 * @throws KmodsmithError COMMAND_FAILED.
 */
export async function runDepmod(
  layout: Layout,
  release: string,
  how: 'renew' | 'renew-or-make' = 'renew-or-make',
): Promise<void> {
  const base = baseOf(layout);
  const isWanted = how === 'renew' ? hasIndex : isIndexed;
  if (base === undefined || !(await isWanted(layout, release))) return;
  const folder = modulesFolder(layout, release);
  await keepIndex(folder);
  try {
    await runChecked(['depmod', ...(base === '/' ? [] : ['-b', base]), release], { timeoutSeconds: 300 });
  } catch (error) {
    await putIndexBack(folder);
    throw error;
  }
  // depmod(8) syncs nothing, and an index that a power cut leaves empty is not seen to be one.
  await syncIndex(folder);
  await dropUnfinished(folder);
  await removeTree(join(folder, keptIndex));
  if (!(await isKernel(layout, release))) await dropEmptyIndex(modulesFolder(layout, release));
}

/** Beside the index while depmod(8) works: it puts files in place that a full disk has cut, and one after the other. */
export const keptIndex = '.kmodsmith-index';

/** Links take no room. What an earlier depmod was to replace that did not come to its end is still the last whole one. */
async function keepIndex(folder: string): Promise<void> {
  const kept = join(folder, keptIndex);
  if (await exists(kept)) return;
  await makeFolder(kept);
  for (const { name } of await listFolder(folder))
    if (indexFile.test(name)) await linkFile(join(folder, name), join(kept, name)).catch(() => undefined);
}

async function putIndexBack(folder: string): Promise<void> {
  const kept = join(folder, keptIndex);
  for (const { name } of await listFolder(kept)) await renamePath(join(kept, name), join(folder, name));
  await removeTree(kept);
}

/** What depmod(8) writes before it gets its name carries a process id, a fraction of a second and a time. */
const unfinishedFile = /^modules\.[a-z.]+\.(\d+)\.\d+\.\d+$/;

async function dropUnfinished(folder: string): Promise<void> {
  for (const { name } of await listFolder(folder)) {
    const pid = unfinishedFile.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await removeTree(join(folder, name));
  }
}

async function syncIndex(folder: string): Promise<void> {
  const names = (await listFolder(folder)).map(({ name }) => name).filter((name) => indexFile.test(name));
  await Promise.all(names.map((name) => syncFolder(join(folder, name))));
  await syncFolder(folder);
}

/** depmod knows no other folder than lib/modules below some root; undefined for modules that are elsewhere. */
function baseOf({ installTree }: Layout): string | undefined {
  const [, base] = /^(.*?)(?:\/usr)?\/lib\/modules$/.exec(installTree) ?? [];
  return base === '' ? '/' : base;
}

async function dropEmptyIndex(folder: string): Promise<void> {
  if ((await readTextIfPresent(join(folder, index))) !== '') return;
  for (const { name } of await listFolder(folder))
    if (indexFile.test(name)) await removeTree(join(folder, name));
  await pruneEmptyFolders(folder, dirname(folder));
}

/**
 * Whether modules.dep lacks one of the installed files (absolute paths inside the root), or names an added module that
 * is gone, or depmod did not come to its end: an engine that died leaves it like that, and so does a kernel that came
 * after its modules.
 */
export async function isIndexOutdated(
  layout: Layout,
  release: string,
  files: readonly string[],
): Promise<boolean> {
  if (!(await isIndexed(layout, release))) return false;
  const modules = modulesFolder(layout, release);
  if (await exists(join(modules, keptIndex))) return true;
  const text = (await readTextIfPresent(join(modules, index)).catch(() => undefined)) ?? '';
  const listed = new Set(indexedModules(text));
  const folder = join('/', relative(layout.root, modules));
  if (files.some((path) => !listed.has(relative(folder, path)))) return true;
  const added = [...listed].filter((path) => /^(updates|extra)\//.test(path));
  const linked = [...listed].filter((path) => path.startsWith(`${weakFolder}/`));
  const present = await Promise.all([
    ...added.map((path) => exists(join(modules, path))),
    ...linked.map((path) => existsAsEntry(join(modules, path))),
  ]);
  return present.includes(false);
}

/** Whether there is an index, or something to make one of. */
async function isIndexed(layout: Layout, release: string): Promise<boolean> {
  return (await hasIndex(layout, release)) || (await isKernel(layout, release));
}

async function hasIndex(layout: Layout, release: string): Promise<boolean> {
  return exists(join(modulesFolder(layout, release), index));
}

async function isKernel(layout: Layout, release: string): Promise<boolean> {
  const modules = modulesFolder(layout, release);
  const present = await Promise.all(installedMarks.map((name) => exists(join(modules, name))));
  return present.includes(true) && (await findImage(layout, release)) !== undefined;
}
