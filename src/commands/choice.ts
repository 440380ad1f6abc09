import { resolve } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import { moduleKey } from '../policy/identity.ts';
import type { ModuleId } from '../policy/types.ts';
import { isInside } from '../system/inside.ts';
import { type CommonOptions, parseModule } from './context.ts';
import { parseKernels } from './request.ts';

export interface ChoiceOptions extends Pick<CommonOptions, 'root'> {
  readonly module: readonly string[];
  readonly kernel: readonly string[];
  readonly all: boolean;
}

/** What is to be built, and for which kernels. */
export interface Choice {
  /** When left out, every module in the version that counts. */
  readonly modules?: readonly ModuleId[];
  /** Releases; when left out, every kernel that has headers. */
  readonly kernels?: readonly string[];
  /** Whether a source counts that nobody has registered. */
  readonly registers: boolean;
}

/**
 * Of another system than the one that runs everything is meant that is not named, as nobody knows which kernel it is going
 * to boot; of our own only if somebody says so.
 * @throws KmodsmithError USAGE, KERNEL_WITH_ALL.
 */
export function parseChoice({ root, module, kernel, all }: ChoiceOptions): Choice {
  if (all && kernel.length > 0) {
    throw new KmodsmithError('KERNEL_WITH_ALL', '--all and --kernel exclude each other', {
      hint: 'Give the kernels, or --all.',
    });
  }
  const isOpen = all || isOtherSystem(root);
  if (!isOpen && module.length === 0) throw missing('module', 'NAME/VERSION, or --all for every module');
  if (!isOpen && kernel.length === 0)
    throw missing('kernel', '--kernel RELEASE, or --all for every kernel that has headers');
  const modules = new Map(module.map(parseModule).map((id) => [moduleKey(id), id]));
  return {
    ...(module.length > 0 && { modules: [...modules.values()] }),
    ...(kernel.length > 0 && { kernels: parseKernels(kernel) }),
    registers: isOpen,
  };
}

/** Whether no kernel that runs has to do with it. */
export function isOtherSystem(root: string): boolean {
  return isInside || resolve(root) !== '/';
}

function missing(what: string, wanted: string): KmodsmithError {
  return new KmodsmithError('USAGE', `no ${what} is given`, {
    hint: `Give ${wanted}; with --root FOLDER every one of that system is meant.`,
  });
}
