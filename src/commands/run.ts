import { plan, reconcile } from '../apply/reconcile.ts';
import { everythingEvent, openContext } from './context.ts';
import { hasFailed, printPlan, printReport, progress } from './output.ts';
import type { ActingOptions } from './request.ts';

export interface RunOptions extends ActingOptions {
  readonly all: boolean;
}

/** `kmodsmith run`: applies the queue; with `--all`, or when nothing is queued, reconciles everything. */
export async function runRun(options: RunOptions): Promise<number> {
  const context = await openContext(options);
  const wish = { ...context, events: options.all ? [everythingEvent()] : [] };
  if (options.dryRun) {
    printPlan((await plan(wish)).plan, options.json);
    return 0;
  }
  const report = await reconcile({ ...wish, ...progress });
  printReport(report, options.json);
  return hasFailed(report) ? 1 : 0;
}
