import { join } from 'node:path';
import type { Layout } from '../core/layout.ts';
import { readTextIfPresent, removeTree, writeAtomically } from '../system/files.ts';

/**
 * The kernels from which a module was removed last. A package's upgrade removes the old version by its own script and
 * has the new one installed by common.postinst, which could not know otherwise where the module was.
 */
export async function rememberKernels(
  layout: Layout,
  name: string,
  releases: readonly string[],
): Promise<void> {
  await writeAtomically(noteOf(layout, name), releases.map((release) => `${release}\n`).join(''));
}

/** What was remembered; asking takes it away. */
export async function recallKernels(layout: Layout, name: string): Promise<string[]> {
  const note = noteOf(layout, name);
  const text = (await readTextIfPresent(note).catch(() => undefined)) ?? '';
  await removeTree(note);
  return text.split('\n').filter((release) => release !== '');
}

function noteOf({ removed }: Layout, name: string): string {
  return join(removed, name);
}
