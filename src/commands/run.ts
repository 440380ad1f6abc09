import { plan, reconcile } from '../apply/reconcile.ts';
import { type CommonOptions, everythingEvent, openContext } from './context.ts';
import { hasFailed, printPlan, printReport, progress } from './output.ts';

export interface RunOptions extends CommonOptions {
  readonly all: boolean;
  readonly dryRun: boolean;
}

/** `kmodsmith run`: applies the queue; with `--all`, or when nothing is queued, reconciles everything. */
export async function runRun(options: RunOptions): Promise<number> {
  const context = await openContext(options);
  const events = options.all ? [everythingEvent()] : [];
  if (options.dryRun) {
    printPlan((await plan({ ...context, events })).plan, options.json);
    return 0;
  }
  const report = await reconcile({ ...context, events, ...progress });
  printReport(report, options.json);
  return hasFailed(report) ? 1 : 0;
}
