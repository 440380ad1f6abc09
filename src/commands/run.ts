import { plan, type ReconcileOptions, reconcile } from '../apply/reconcile.ts';
import { KmodsmithError } from '../errors.ts';
import { decide } from '../policy/decide.ts';
import type { Policies } from '../policy/policies.ts';
import { onlyKernels } from '../policy/requests.ts';
import type { Facts, Plan } from '../policy/types.ts';
import { everythingEvent, openContext } from './context.ts';
import { hasFailed, printPlan, printReport, progress } from './output.ts';
import { type ActingOptions, parseKernels } from './request.ts';
import { requireKernel } from './requirements.ts';

export interface RunOptions extends ActingOptions {
  readonly all: boolean;
  readonly kernel: readonly string[];
}

/**
 * `kmodsmith run`: applies the queue; with `--all`, or when nothing is queued, reconciles everything; with `-k`, all
 * modules of these kernels, and leaves the queue alone.
 */
export async function runRun(options: RunOptions): Promise<number> {
  const releases = parseScope(options);
  const context = await openContext(options);
  const planFor = (facts: Facts) => planKernels(facts, { releases, policies: context.policies });
  const events = options.all ? [everythingEvent()] : [];
  const wish: ReconcileOptions = { ...context, ...(releases.length > 0 ? { planFor } : { events }) };
  if (options.dryRun) {
    printPlan((await plan(wish)).plan, options.json);
    return 0;
  }
  const report = await reconcile({ ...wish, ...progress });
  printReport(report, options.json);
  return hasFailed(report) ? 1 : 0;
}

/** @throws KmodsmithError USAGE, KERNEL_WITH_ALL. */
function parseScope({ all, kernel }: RunOptions): string[] {
  if (!all || kernel.length === 0) return parseKernels(kernel);
  throw new KmodsmithError('KERNEL_WITH_ALL', '--all and --kernel exclude each other', {
    hint: 'Give the kernels, or --all.',
  });
}

interface KernelScope {
  readonly releases: readonly string[];
  readonly policies: Policies;
}

function planKernels(facts: Facts, { releases, policies }: KernelScope): Plan {
  for (const release of releases) requireKernel(facts, release);
  return decide([everythingEvent()], onlyKernels(facts, releases), policies);
}
