import { resolve } from 'node:path';
import { readPlanFile, type SavedPlan } from '../apply/plan-file.ts';
import { plan, reconcile } from '../apply/reconcile.ts';
import { KmodsmithError } from '../errors.ts';
import { openContext } from './context.ts';
import { hasFailed, printPlan, printReport, progress } from './output.ts';
import type { ActingOptions } from './request.ts';

export interface ApplyOptions extends ActingOptions {
  readonly file: string;
}

/** `kmodsmith apply FILE`: carries out a plan that `kmodsmith plan --output` saved, if nothing has moved since. */
export async function runApply(options: ApplyOptions): Promise<number> {
  const saved = await readPlanFile(options.file);
  requireRoot(saved, resolve(options.root));
  const context = await openContext(options);
  if (options.dryRun) {
    printPlan((await plan({ ...context, saved })).plan, options.json);
    return 0;
  }
  const report = await reconcile({ ...context, saved, ...progress });
  printReport(report, options.json);
  return hasFailed(report) ? 1 : 0;
}

/** @throws KmodsmithError PLAN_INVALID. */
function requireRoot(saved: SavedPlan, root: string): void {
  if (saved.root === root) return;
  throw new KmodsmithError('PLAN_INVALID', `the plan is for the system below ${saved.root}, not ${root}`, {
    hint: `Give --root ${saved.root}, or plan for this one.`,
  });
}
