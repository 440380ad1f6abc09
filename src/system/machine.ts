import { availableParallelism, machine } from 'node:os';

/** The machine as `uname -m` names it: dkms's label for a kernel's architecture. */
export const machineName: string = machine();

/** How many compilers may run side by side. */
export const processorCount: number = availableParallelism();
