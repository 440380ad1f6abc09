import { join } from 'node:path';
import { runChecked } from '../system/exec.ts';
import { exists } from '../system/files.ts';
import { type Layout, modulesFolder } from './layout.ts';

/**
 * Rebuilds a kernel's module index (depmod(8)). Does nothing for a folder that is no kernel, so that leftovers do not
 * turn into one.
 * @throws KmodsmithError COMMAND_FAILED.
 */
export async function runDepmod(layout: Layout, release: string): Promise<void> {
  if (!(await exists(join(modulesFolder(layout, release), 'kernel')))) return;
  const base = layout.root === '/' ? [] : ['-b', layout.root];
  await runChecked(['depmod', ...base, release], { timeoutSeconds: 300 });
}
