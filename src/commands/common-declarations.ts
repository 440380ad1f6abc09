import type { OptionTable } from './declare.ts';

// What several commands take.

export const moduleArgument = { value: 'module', description: 'name/version' } as const;
export const dryRun = {
  dryRun: { description: 'only show what would be done' },
} as const satisfies OptionTable;
export const rebuild = {
  rebuild: { description: 'build anew even when nothing has changed' },
} as const satisfies OptionTable;

export const jobs = {
  jobs: {
    alias: 'j',
    value: 'text',
    description:
      'how many compilers run side by side; by default one for each processor, as far as memory goes',
  },
} as const satisfies OptionTable;

export const kernels = {
  kernel: {
    alias: 'k',
    value: 'kernel',
    repeatable: true,
    description: 'a kernel release; may be given several times',
  },
} as const satisfies OptionTable;

export const everyKernel = {
  all: { description: 'every kernel that has headers' },
} as const satisfies OptionTable;

export const modulesArgument = {
  ...moduleArgument,
  optional: true,
  repeatable: true,
} as const;

export const requiredKernels = {
  kernel: { ...kernels.kernel, required: true },
} as const satisfies OptionTable;

export const everyBuiltKernel = {
  all: { description: 'every kernel for which the module is built' },
} as const satisfies OptionTable;
