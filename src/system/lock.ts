import { dirname } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import { run, startHolder } from './exec.ts';
import { kindOf, makeFolder } from './files.ts';

export interface Lock extends AsyncDisposable {
  readonly path: string;
}

/**
 * Takes the one lock of a tree. flock(1) holds it for us in a child that lives as long as our end of its pipe: when
 * we die, however we die, the kernel closes the pipe, the child ends and the lock is free.
 * @throws KmodsmithError LOCK_BUSY when another engine keeps it longer than `waitSeconds`, WRITE_FAILED.
 */
export async function takeLock(path: string, waitSeconds: number): Promise<Lock> {
  await makeFolder(dirname(path));
  // flock(1) would wait for the writer of a FIFO, and not by its clock.
  if ((await kindOf(path)) === 'other')
    throw new KmodsmithError('WRITE_FAILED', `${path} cannot be locked: it is no regular file`);
  const holder = await startHolder(
    [
      'flock',
      '--exclusive',
      '--timeout',
      String(waitSeconds),
      '--conflict-exit-code',
      String(conflictStatus),
      path,
      'sh',
      '-c',
      'echo held; exec cat >/dev/null',
    ],
    'held',
  );
  if ('end' in holder) return { path, [Symbol.asyncDispose]: holder.end };
  if (holder.exitCode !== conflictStatus) {
    throw new KmodsmithError('WRITE_FAILED', `${path} cannot be locked: ${holder.stderr.trim()}`);
  }
  throw new KmodsmithError('LOCK_BUSY', `another engine has held ${path} for ${waitSeconds} s`, {
    hint: 'Wait for it to end, then try again; what hooks have recorded stays in the queue for the next run.',
  });
}

/** Whether another engine is at work, for those who only look; false where nobody may tell. */
export async function isLocked(path: string): Promise<boolean> {
  // flock(1) would make the file.
  if ((await kindOf(path)) !== 'file') return false;
  const conflict = ['--conflict-exit-code', String(conflictStatus)];
  const asked = await run(['flock', '--shared', '--nonblock', ...conflict, path, 'true']).catch(
    () => undefined,
  );
  return asked?.exitCode === conflictStatus;
}

/** By this flock(1) says that it waited in vain; its other statuses mean that it cannot lock at all. */
const conflictStatus = 75;
