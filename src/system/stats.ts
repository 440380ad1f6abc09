import { accessSync, lstatSync, readlinkSync, type Stats, statSync } from 'node:fs';

/** Of what a path leads to; undefined for what is not there or cannot be reached. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** As `statsOf`, of a symlink itself. */
export function entryStats(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The target of a symlink as written, or undefined when it is none. */
export function linkTargetSync(path: string): string | undefined {
  // Asking first: an error takes ten times as long as an answer.
  if (entryStats(path)?.isSymbolicLink() !== true) return undefined;
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Whether we may do with a path what `mode` says (R_OK, W_OK, X_OK of access(2)). */
export function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
