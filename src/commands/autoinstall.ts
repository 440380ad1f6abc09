import { decide } from '../policy/decide.ts';
import { onlyKernels } from '../policy/requests.ts';
import { runningRelease } from '../system/machine.ts';
import { everythingEvent, openContext } from './context.ts';
import { type ActingOptions, parseKernels, runPlan } from './request.ts';
import { requireKernel } from './requirements.ts';

export interface AutoinstallOptions extends ActingOptions {
  readonly kernel: readonly string[];
}

/**
 * `kmodsmith autoinstall [-k KERNEL…]`: what the policy gives these kernels, by default the running one, and no more;
 * whatever is queued stays queued.
 */
export async function runAutoinstall(options: AutoinstallOptions): Promise<number> {
  const named = parseKernels(options.kernel);
  const releases = named.length === 0 ? [runningRelease] : named;
  const { policies } = await openContext(options);
  return runPlan({ ...options, settles: true }, (facts) => {
    for (const release of releases) requireKernel(facts, release);
    return decide([everythingEvent()], onlyKernels(facts, releases), policies);
  });
}
