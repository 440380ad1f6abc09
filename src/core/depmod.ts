import { join } from 'node:path';
import { runChecked } from '../system/exec.ts';
import { exists } from '../system/files.ts';
import { type Layout, modulesFolder } from './layout.ts';

/** What a kernel's modules_install leaves, also of a kernel without any modules of its own. */
const installedMarks = ['kernel', 'modules.order', 'modules.builtin'];

/**
 * Rebuilds a kernel's module index (depmod(8)). Does nothing for a folder that is no kernel, so that leftovers do not
 * turn into one.
 * @throws KmodsmithError COMMAND_FAILED.
 */
export async function runDepmod(layout: Layout, release: string): Promise<void> {
  const modules = modulesFolder(layout, release);
  const present = await Promise.all(installedMarks.map((name) => exists(join(modules, name))));
  if (!present.includes(true)) return;
  const base = layout.root === '/' ? [] : ['-b', layout.root];
  await runChecked(['depmod', ...base, release], { timeoutSeconds: 300 });
}
