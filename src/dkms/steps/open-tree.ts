import { lockTree } from '../../apply/lock-tree.ts';
import { recover } from '../../apply/recover.ts';
import { lockVariable } from '../../core/layout.ts';
import type { DkmsContext } from '../context.ts';

/**
 * Takes the tree for ourselves, as our engine does too, and mends what a killed run left. A script that we run may call
 * dkms again: it finds in its environment that the tree is ours already.
 * @throws KmodsmithError LOCK_BUSY, WRITE_FAILED.
 */
export async function openTree({ layout, output }: DkmsContext): Promise<AsyncDisposable> {
  if (process.env[lockVariable] === layout.lock) return { [Symbol.asyncDispose]: async () => undefined };
  const lock = await lockTree({ layout, onWait: () => output.warn('waiting for another dkms to end') });
  await recover(layout);
  return lock;
}
