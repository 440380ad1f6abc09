import { join, relative } from 'node:path';
import { runChecked } from '../system/exec.ts';
import { exists, readTextIfPresent } from '../system/files.ts';
import { type Layout, modulesFolder } from './layout.ts';

/** What a kernel's modules_install leaves, also of a kernel without any modules of its own. */
const installedMarks = ['kernel', 'modules.order', 'modules.builtin'];

/**
 * Rebuilds a kernel's module index (depmod(8)). Does nothing for a folder that is no kernel, so that leftovers do not
 * turn into one.
 * @throws KmodsmithError COMMAND_FAILED.
 */
export async function runDepmod(layout: Layout, release: string): Promise<void> {
  if (!(await isIndexed(layout, release))) return;
  const base = layout.root === '/' ? [] : ['-b', layout.root];
  await runChecked(['depmod', ...base, release], { timeoutSeconds: 300 });
}

/**
 * Whether modules.dep lacks one of the installed files (absolute paths inside the root), or names an added module that
 * is gone: an engine that died before depmod leaves it like that, and so does a kernel that came after its modules.
 */
export async function isIndexOutdated(
  layout: Layout,
  release: string,
  files: readonly string[],
): Promise<boolean> {
  if (!(await isIndexed(layout, release))) return false;
  const modules = modulesFolder(layout, release);
  const index = (await readTextIfPresent(join(modules, 'modules.dep')).catch(() => undefined)) ?? '';
  const listed = new Set([...index.matchAll(/^(.+?):/gm)].map(([, path = '']) => path));
  const folder = join('/', relative(layout.root, modules));
  if (files.some((path) => !listed.has(relative(folder, path)))) return true;
  const added = [...listed].filter((path) => /^(updates|extra)\//.test(path));
  const present = await Promise.all(added.map((path) => exists(join(modules, path))));
  return present.includes(false);
}

async function isIndexed(layout: Layout, release: string): Promise<boolean> {
  const modules = modulesFolder(layout, release);
  const present = await Promise.all(installedMarks.map((name) => exists(join(modules, name))));
  return present.includes(true);
}
