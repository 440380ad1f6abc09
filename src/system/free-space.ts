import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { noteUnseen } from './looks.ts';

/** Bytes that may still be written below a folder, or below what there is of its path; undefined when nobody can tell. */
export async function freeSpace(folder: string): Promise<number | undefined> {
  noteUnseen();
  for (let path = folder; ; path = dirname(path)) {
    const info = await statfs(path).catch(() => undefined);
    if (info !== undefined) return info.bavail * info.bsize;
    if (path === dirname(path)) return undefined;
  }
}
