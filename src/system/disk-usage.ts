import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from './fingerprint.ts';
import { entryStats } from './stats.ts';

/** Bytes that come free when a file or a folder with all in it goes; 0 for what is not there. */
export function diskUsage(path: string): number {
  const info = entryStats(path);
  if (info === undefined) return 0;
  if (!info.isDirectory()) return freed(info);
  return filesBelow(path).reduce((sum, name) => sum + freed(entryStats(join(path, name))), 0);
}

/** st_blocks counts 512 bytes each, whatever the file system's own are (stat(2)); another name keeps them. */
function freed(info: Stats | undefined): number {
  return info === undefined || info.nlink > 1 ? 0 : info.blocks * 512;
}
