import { accessSync, constants, lstatSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { noteLook } from './looks.ts';

/** Of what a path leads to; undefined for what is not there or cannot be reached. */
export function statsOf(path: string): Stats | undefined {
  noteLook(path);
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** As `statsOf`, of a symlink itself. */
export function entryStats(path: string): Stats | undefined {
  noteLook(path);
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The target of a symlink as written, or undefined when it is none. */
export function linkTargetSync(path: string): string | undefined {
  try {
    // Asking first: an error takes ten times as long as an answer.
    const info = lstatSync(path, { throwIfNoEntry: false });
    // A folder on the way to others: what comes and goes in it is no matter.
    if (info?.isDirectory() !== true) noteLook(path);
    if (info?.isSymbolicLink() !== true) return undefined;
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Whether we may do with a path what `mode` says (R_OK, W_OK, X_OK of access(2)). */
export function isAllowed(path: string, mode: number): boolean {
  return accessError(path, mode) === undefined;
}

/** Whether what is there cannot be changed by anybody. Where it only is not ours, or not there, it can. */
export function isReadOnly(path: string): boolean {
  return accessError(path, constants.W_OK) === 'EROFS';
}

/** Why we may not, by its name in errno(3). */
function accessError(path: string, mode: number): string | undefined {
  noteLook(path);
  try {
    accessSync(path, mode);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EACCES';
  }
}
