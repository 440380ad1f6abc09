import { lockTree } from '../../apply/lock-tree.ts';
import { recover } from '../../apply/recover.ts';
import type { Lock } from '../../system/lock.ts';
import type { DkmsContext } from '../context.ts';

/**
 * Takes the tree for ourselves, as our engine does too, and mends what a killed run left.
 * @throws KmodsmithError LOCK_BUSY, WRITE_FAILED.
 */
export async function openTree({ layout, output }: DkmsContext): Promise<Lock> {
  const lock = await lockTree({ layout, onWait: () => output.warn('waiting for another dkms to end') });
  await recover(layout);
  return lock;
}
