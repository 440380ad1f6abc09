import { availableParallelism, machine, release } from 'node:os';
import { geteuid } from 'node:process';
import { isInside } from './inside.ts';

/** The machine as `uname -m` names it: dkms's label for a kernel's architecture. */
export const machineName: string = machine();

/** How many compilers may run side by side. */
export const processorCount: number = availableParallelism();

/** The kernel release that runs, as `uname -r` prints it; none for what works inside a root of another system. */
export const runningRelease: string = isInside ? '' : release();

/** Bytes that programs may still take, also by the limits of a container. */
export function availableMemory(): number {
  return process.availableMemory();
}

export function isRoot(): boolean {
  return geteuid?.() === 0;
}
