import { plan, reconcile } from '../apply/reconcile.ts';
import type { PackageEvent } from '../policy/types.ts';
import { now } from '../system/clock.ts';
import { type CommonOptions, openContext } from './context.ts';
import { announce, hasFailed, printPlan, printReport } from './output.ts';

export interface RunOptions extends CommonOptions {
  readonly all: boolean;
  readonly dryRun: boolean;
}

/** `kmodsmith run`: applies the queue; with `--all`, or when nothing is queued, reconciles everything. */
export async function runRun(options: RunOptions): Promise<number> {
  const context = await openContext(options);
  const events: PackageEvent[] = options.all
    ? [{ subject: 'toolkit', transition: 'upgrade', at: now() }]
    : [];
  if (options.dryRun) {
    printPlan((await plan({ ...context, events })).plan, options.json);
    return 0;
  }
  const report = await reconcile({ ...context, events, onStart: announce });
  printReport(report, options.json);
  return hasFailed(report) ? 1 : 0;
}
