import type { Report } from '../apply/reconcile.ts';
import { rememberSettled } from '../apply/settled.ts';
import type { Layout } from '../core/layout.ts';
import { wholeLook } from '../system/looks.ts';
import { hasFailed } from './output.ts';

/** Has the next call of the same words be answered without us, when this one found nothing to do. */
export async function settle(layout: Layout, report: Report, said: readonly string[]): Promise<void> {
  const { outcomes, finished, rubbish } = report;
  if (outcomes.length > 0 || finished !== undefined || rubbish.length > 0 || hasFailed(report)) return;
  await settleAnswer(layout, said);
}

/** As `settle`, of a call that did nothing, could not fail, and told of nothing in the queue. */
export async function settleAnswer(layout: Layout, said: readonly string[]): Promise<void> {
  const call = { words: process.argv.slice(2), env: process.env, said };
  await rememberSettled(layout, { ...call, looks: wholeLook(), startedAt: performance.timeOrigin });
}
