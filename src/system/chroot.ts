import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { noteUnseen } from './looks.ts';

export interface ChrootQuestion {
  /** The caller's variables: fakechroot(1) shows in them only. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where procfs is. Default: /proc. */
  readonly proc?: string;
}

/**
 * Whether this process sees other files than the first one does: chroot(2), fakechroot(1), or a mount namespace of its
 * own, as containers and some services have (ischroot(1); dkms-compat.md section 3.3, step 2). Also where no procfs is
 * mounted, as while a system is being installed. What we may not look at, as ordinary users, is taken for equal.
 */
export async function isChroot({ environment, proc = '/proc' }: ChrootQuestion): Promise<boolean> {
  noteUnseen();
  if (isFakechroot(environment)) return true;
  if ((await readIfAllowed(join(proc, 'self/mountinfo'))) === undefined) return true;
  return (await hasOtherRoot(proc)) || (await hasOtherMounts(proc));
}

/** As fakechroot(1) sets them up: its library has to be loaded too. */
function isFakechroot(environment: ChrootQuestion['environment']): boolean {
  const { FAKECHROOT = '', FAKECHROOT_BASE = '', LD_PRELOAD = '' } = environment;
  return FAKECHROOT !== '' && FAKECHROOT_BASE !== '' && LD_PRELOAD.includes('libfakechroot');
}

async function hasOtherRoot(proc: string): Promise<boolean> {
  const [first, own] = await Promise.all([
    stat(join(proc, '1/root/.')).catch(() => undefined),
    stat(join(proc, 'self/root/.')).catch(() => undefined),
  ]);
  return first !== undefined && own !== undefined && (first.ino !== own.ino || first.dev !== own.dev);
}

/** Read again when they differ: something may have been mounted between the two. */
async function hasOtherMounts(proc: string): Promise<boolean> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const first = await readIfAllowed(join(proc, '1/mountinfo'));
    if (first === undefined || first === (await readIfAllowed(join(proc, 'self/mountinfo')))) return false;
  }
  return true;
}

async function readIfAllowed(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
