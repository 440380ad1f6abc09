import { chmodSync, lchownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { KmodsmithError, messageOf } from '../errors.ts';
import { entryStats } from './stats.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Gives a file, or a folder with all below it, to a user; links themselves, never what they lead to. Nobody else may be
 * at work there.
 * @throws KmodsmithError WRITE_FAILED.
 */
export function giveTo({ uid, gid }: Owner, path: string): void {
  changeBelow(path, (entry) => lchownSync(entry, uid, gid));
}

/** As giveTo, to root, and only root may write from then on. */
export function takeForRoot(path: string): void {
  changeBelow(path, (entry) => {
    lchownSync(entry, 0, 0);
    const info = entryStats(entry);
    if (info?.isFile() || info?.isDirectory()) chmodSync(entry, info.mode & 0o7777 & ~0o022);
  });
}

function changeBelow(path: string, change: (entry: string) => void): void {
  try {
    change(path);
    if (!entryStats(path)?.isDirectory()) return;
    const entries = readdirSync(path, { recursive: true, withFileTypes: true });
    for (const { parentPath, name } of entries) change(join(parentPath, name));
  } catch (cause) {
    throw new KmodsmithError('WRITE_FAILED', `${path} cannot change its owner: ${messageOf(cause)}`, {
      cause,
    });
  }
}
