import type { Framework } from '../config/framework.ts';
import { postTransactionLog, runPostTransaction } from '../core/install/post-transaction.ts';
import type { Layout } from '../core/layout.ts';
import { messageOf } from '../errors.ts';
import type { Action } from '../policy/types.ts';
import { runningRelease } from '../system/machine.ts';
import type { Outcome } from './performing.ts';
import { warn } from './warn.ts';

/** As dkms: a build alone concerns nobody (dkms-compat.md section 3.7). */
const announced: readonly Action['do'][] = ['install', 'uninstall', 'unbuild', 'deregister'];

/**
 * Runs the admin's command after a run that changed something, for each kernel concerned. A failure is a warning: what
 * was done is done.
 */
export async function announceChanges(
  { layout, framework }: { layout: Layout; framework: Framework },
  outcomes: readonly Outcome[],
): Promise<void> {
  if (framework.postTransaction === undefined) return;
  const changes = outcomes
    .filter(({ action, state }) => state === 'done' && announced.includes(action.do))
    .map(({ action }) => action);
  if (changes.length === 0) return;
  const releases = new Set(changes.flatMap((action) => ('kernel' in action ? [action.kernel.release] : [])));
  const kernels = releases.size > 0 ? [...releases] : [runningRelease];
  const result = await runPostTransaction({ layout, environment: {}, kernels }).catch(messageOf);
  if (result === 0) return;
  const what = typeof result === 'number' ? `ended with status ${result}` : `failed: ${result}`;
  warn(`post_transaction ${what}; see ${postTransactionLog(layout)}`);
}
