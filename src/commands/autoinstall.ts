import { decide } from '../policy/decide.ts';
import { onlyKernels } from '../policy/requests.ts';
import type { Facts } from '../policy/types.ts';
import { runningRelease } from '../system/machine.ts';
import { isOtherSystem } from './choice.ts';
import { everythingEvent, openContext } from './context.ts';
import { type ActingOptions, parseKernels, runPlan } from './request.ts';
import { noKernel, requireKernel } from './requirements.ts';

export interface AutoinstallOptions extends ActingOptions {
  readonly kernel: readonly string[];
}

/**
 * `kmodsmith autoinstall [-k KERNEL…]`: what the policy gives these kernels, and no more; by default the running one, of
 * another system all. Whatever is queued stays queued.
 */
export async function runAutoinstall(options: AutoinstallOptions): Promise<number> {
  const named = parseKernels(options.kernel);
  const isWhole = named.length === 0 && isOtherSystem(options.root);
  const own = named.length === 0 ? [runningRelease] : named;
  const { policies } = await openContext(options);
  return runPlan({ ...options, settles: true }, (facts) => {
    const releases = isWhole ? presentKernels(facts) : own;
    for (const release of releases) requireKernel(facts, release);
    return decide([everythingEvent()], onlyKernels(facts, releases), policies);
  });
}

/** @throws KmodsmithError KERNEL_UNKNOWN. */
function presentKernels(facts: Facts): string[] {
  const releases = facts.kernels.filter(({ image }) => image === 'present').map(({ release }) => release);
  if (releases.length === 0) throw noKernel();
  return releases;
}
