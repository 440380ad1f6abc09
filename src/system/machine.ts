import { availableParallelism, machine, release } from 'node:os';
import { geteuid } from 'node:process';

/** The machine as `uname -m` names it: dkms's label for a kernel's architecture. */
export const machineName: string = machine();

/** How many compilers may run side by side. */
export const processorCount: number = availableParallelism();

/** The kernel release that runs, as `uname -r` prints it. */
export const runningRelease: string = release();

/** Bytes that programs may still take, also by the limits of a container. */
export function availableMemory(): number {
  return process.availableMemory();
}

export function isRoot(): boolean {
  return geteuid?.() === 0;
}
