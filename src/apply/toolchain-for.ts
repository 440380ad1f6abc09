import { chooseToolchain, type Toolchain } from '../core/build/choose-toolchain.ts';
import type { KernelTree } from '../core/kernels.ts';
import type { Distribution } from '../distros/index.ts';
import type { Policy } from '../policy/knobs.ts';

/**
 * Decided when a build needs it, once for each kernel.
 * @throws KmodsmithError TOOLCHAIN_MISSING when the kernel's compiler is not there, nor one that will do.
 */
export type ToolchainFor = (tree: KernelTree, wish: Policy['compiler']) => Promise<Toolchain>;

export function toolchainFor(distribution: Distribution): ToolchainFor {
  const known = new Map<string, Promise<Toolchain>>();
  return (tree, wish) => {
    const key = JSON.stringify([tree.path, wish]);
    const chosen = known.get(key) ?? chooseToolchain({ tree, distribution, anyVersion: wish === 'any' });
    known.set(key, chosen);
    return chosen;
  };
}
