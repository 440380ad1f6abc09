import { KmodsmithError } from '../errors.ts';
import type { CommandLine } from './command-line.ts';
import type { ActionName } from './options.ts';

/**
 * What does not go together, in dkms's order (dkms-compat.md sections 1.1 and 1.5), and what is no setting.
 * @throws KmodsmithError BINARIES_AND_SOURCE, ARCHES_UNEQUAL, KERNEL_WITH_ALL, ARCH_WITH_ALL, CONF_INVALID,
 * ALL_UNSUPPORTED, KERNEL_COUNT.
 */
export function checkOptions({ action, flags, kernels, arches, directives }: CommandLine): void {
  const all = flags.has('all');
  if (flags.has('binariesOnly') && flags.has('sourceOnly')) {
    throw new KmodsmithError('BINARIES_AND_SOURCE', '--binaries-only and --source-only exclude each other');
  }
  if (arches.length > 1 && arches.length !== kernels.length) {
    throw new KmodsmithError(
      'ARCHES_UNEQUAL',
      `there are ${arches.length} architectures for ${kernels.length} kernels`,
      { hint: 'Give one architecture for all kernels, or one for each.' },
    );
  }
  if (kernels.length > 0 && all) throw withAll('KERNEL_WITH_ALL', 'a kernel');
  if (arches.length > 0 && all) throw withAll('ARCH_WITH_ALL', 'an architecture');
  for (const text of directives) {
    if (text.includes('=')) continue;
    throw new KmodsmithError('CONF_INVALID', `--directive '${text}' gives no value`, {
      hint: "Give it as NAME=value: --directive 'AUTOINSTALL=no'",
    });
  }
  if (action === undefined) return;
  if (all && !allActions.includes(action)) {
    throw new KmodsmithError('ALL_UNSUPPORTED', `${action} does not work with --all`, {
      hint: 'Name the kernels with -k.',
    });
  }
  checkCount(action, kernels.length);
}

function checkCount(action: ActionName, count: number): void {
  const explicit = action.startsWith('kernel_');
  if ((explicit && count !== 1) || (oneKernelActions.includes(action) && count > 1)) {
    throw new KmodsmithError('KERNEL_COUNT', `${action} is for exactly one kernel, not ${count}`, {
      hint: 'Name it with -k.',
    });
  }
}

const allActions: readonly ActionName[] = [
  'remove',
  'unbuild',
  'uninstall',
  'mktarball',
  'ldtarball',
  'status',
  'generate_mok',
];

const oneKernelActions: readonly ActionName[] = ['autoinstall', 'match'];

function withAll(code: 'KERNEL_WITH_ALL' | 'ARCH_WITH_ALL', what: string): KmodsmithError {
  return new KmodsmithError(code, `--all and ${what} exclude each other`, {
    hint: '--all means every kernel for which the module is built.',
  });
}
