import { KmodsmithError } from '../../errors.ts';
import type { KernelTree } from '../kernels.ts';
import type { Layout } from '../layout.ts';
import { describeEnforcement, findEnforcement } from './enforcement.ts';
import { readSecureBoot } from './secure-boot.ts';

export interface Refusal {
  /** A module file with its pair, as messages name it. */
  readonly what: string;
  readonly why: string;
  /** Whether the policy says so. */
  readonly required: boolean;
}

/**
 * What to say of a module that could not be signed and is used without a signature: aloud where the kernel will not load it.
 * @throws KmodsmithError SIGNING_IMPOSSIBLE when the policy requires a signature.
 */
export async function describeUnsigned(
  { what, why, required }: Refusal,
  machine: { readonly layout: Layout; readonly tree: KernelTree },
): Promise<string> {
  const message = `${what} could not be signed: ${why}`;
  if (required) {
    throw new KmodsmithError('SIGNING_IMPOSSIBLE', message, {
      hint: "The policy says sign = 'require'. 'kmodsmith doctor' shows what signs, and what keeps it from signing.",
    });
  }
  const loud = await alarmOf(machine);
  return loud === undefined ? message : `${message}; ${loud}`;
}

/** What an unsigned module comes to on this machine, in capitals; undefined where it loads as well as any. */
export async function alarmOf(machine: {
  readonly layout: Layout;
  readonly tree: KernelTree;
}): Promise<string | undefined> {
  const enforcement = findEnforcement(machine.tree, await readSecureBoot(machine.layout));
  if (enforcement === undefined) return undefined;
  return `WILL NOT BE LOADED without a signature: ${describeEnforcement(enforcement)}`;
}
