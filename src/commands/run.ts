import { plan, reconcile } from '../apply/reconcile.ts';
import { everythingEvent, openContext } from './context.ts';
import { hasFailed, printPlan, printReport, progress } from './output.ts';
import type { ActingOptions } from './request.ts';
import { settle } from './settle.ts';

export interface RunOptions extends ActingOptions {
  readonly all: boolean;
}

/**
 * `kmodsmith run`: applies the queue; with `--all`, or when nothing is queued, reconciles everything. At each boot, too: see
 * templates/shared/kmodsmith.service.hbs.
 */
export async function runRun(options: RunOptions): Promise<number> {
  const context = await openContext(options);
  const wish = { ...context, events: options.all ? [everythingEvent()] : [] };
  if (options.dryRun) {
    printPlan((await plan(wish)).plan, options.json);
    return 0;
  }
  const report = await reconcile({ ...wish, ...progress });
  const said = printReport(report, options.json);
  // What is queued is looked at, and nothing else; `--all` looks at no more than a run without a queue.
  if (report.calls === 0 && !options.all && !options.json) await settle(context.layout, report, said);
  return hasFailed(report) ? 1 : 0;
}
