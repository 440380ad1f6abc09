import { plan, reconcile } from '../apply/reconcile.ts';
import { listModules } from '../core/tree.ts';
import { KmodsmithError } from '../errors.ts';
import { isSameModule } from '../policy/identity.ts';
import { now } from '../system/clock.ts';
import { openContext, parseModule } from './context.ts';
import { hasFailed, printPlan, printReport, progress } from './output.ts';
import type { ActingOptions } from './request.ts';

export interface RemoveOptions extends ActingOptions {
  readonly module: string;
}

/** `kmodsmith remove NAME/VERSION`: takes a module out of every kernel and forgets it; its source stays. */
export async function runRemove(options: RemoveOptions): Promise<number> {
  const context = await openContext(options);
  const module = parseModule(options.module);
  const known = await listModules(context.layout);
  if (!known.some((other) => isSameModule(other, module))) {
    throw new KmodsmithError('MODULE_UNKNOWN', `${options.module} is not registered`, {
      hint: "'kmodsmith status' lists what is.",
    });
  }
  const events = [{ subject: 'module', transition: 'remove', module, at: now() }] as const;
  if (options.dryRun) {
    printPlan((await plan({ ...context, events })).plan, options.json);
    return 0;
  }
  const report = await reconcile({ ...context, events, ...progress });
  printReport(report, options.json);
  return hasFailed(report) ? 1 : 0;
}
