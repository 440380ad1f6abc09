import { type Layout, lockVariable } from '../core/layout.ts';
import { KmodsmithError } from '../errors.ts';
import { type Lock, takeLock } from '../system/lock.ts';
import { requireState } from './require-state.ts';

/** How long one engine waits for another, in seconds; a hook then leaves its work in the queue. */
const patience = 3600;

/**
 * Takes the tree's lock; says through `onWait` when another engine has it.
 * @throws KmodsmithError LOCK_BUSY, STATE_MISSING, WRITE_FAILED.
 */
export async function lockTree({ layout, onWait }: { layout: Layout; onWait?: () => void }): Promise<Lock> {
  await requireState(layout);
  try {
    return await takeLock(layout.lock, 0);
  } catch (error) {
    if (!(error instanceof KmodsmithError && error.code === 'LOCK_BUSY')) throw error;
  }
  // Whoever has it waits for us.
  if (process.env[lockVariable] === layout.lock) return takeLock(layout.lock, 0);
  onWait?.();
  return takeLock(layout.lock, patience);
}
