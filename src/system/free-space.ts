import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Bytes that may still be written below a folder, or below what there is of its path; undefined when nobody can tell. */
export async function freeSpace(folder: string): Promise<number | undefined> {
  for (let path = folder; ; path = dirname(path)) {
    const info = await statfs(path).catch(() => undefined);
    if (info !== undefined) return info.bavail * info.bsize;
    if (path === dirname(path)) return undefined;
  }
}
