import { join } from 'node:path';
import { KmodsmithError } from '../../errors.ts';
import { classifyFailure } from '../../policy/classify-failure.ts';
import type { FailureClass } from '../../policy/failure-class.ts';
import { readTextIfPresent, writeAtomically } from '../../system/files.ts';
import type { Layout } from '../layout.ts';
import kbuildMakefile from './shortcuts.mk';

/**
 * What makes a build faster and changes nothing that is loaded, as variables of its environment.
 * @param probes a makefile of `recordProbes`.
 */
export function shortcutVariables(layout: Layout, probes?: string): Record<string, string> {
  return {
    MAKEFILES: [makefileOf(layout), probes].filter(Boolean).join(' '),
    // A compiler's memory in large pages, where there are such (GNU libc's manual, "Memory Allocation Tunables").
    GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
  };
}

/** Puts the makefile that they name where builds find it and may not write. */
export async function prepareShortcuts(layout: Layout): Promise<void> {
  const path = makefileOf(layout);
  if ((await readTextIfPresent(path).catch(() => undefined)) !== kbuildMakefile)
    await writeAtomically(path, kbuildMakefile);
}

function makefileOf({ programs }: Layout): string {
  return join(programs, 'shortcuts.mk');
}

/** Where the code or the machine is at fault, a build fails in any case. */
const beyondDoubt: readonly FailureClass[] = ['api', 'headers', 'denied', 'space', 'memory', 'interrupted'];

/** Whether a build may have failed by a shortcut: one that a compiler does not know, or with warnings that count as errors. */
export function mayFailByShortcuts(error: unknown): boolean {
  const isBuild = error instanceof KmodsmithError && error.code === 'BUILD_FAILED';
  return isBuild && !beyondDoubt.includes(classifyFailure(error));
}
