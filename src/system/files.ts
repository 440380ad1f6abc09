import { constants } from 'node:fs';
import {
  appendFile,
  chmod,
  chown,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  symlink,
  utimes,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { KmodsmithError, messageOf } from '../errors.ts';
import { noteLook } from './looks.ts';
import { listFolder } from './read.ts';
import { entryStats, isAllowed, linkTargetSync, statsOf } from './stats.ts';

/** Names that depmod and dkms never look at: they do not end in `.ko` and begin with a dot. */
const temporaryPrefix = '.kmodsmith-';

/** A name next to `path` that nobody else uses. */
function temporaryBeside(path: string): string {
  return join(dirname(path), `${ownPrefix(path)}${crypto.randomUUID().slice(0, 8)}`);
}

/** Cut, so that the longest name that a file may have leaves room for the rest. */
function ownPrefix(path: string): string {
  return `${temporaryPrefix}${basename(path).slice(0, 180)}-`;
}

/** Whether a file is what a write leaves that was cut short. */
export function isTemporary(name: string): boolean {
  return name.startsWith(temporaryPrefix) && /-[0-9a-f]{8}$/.test(name);
}

export async function exists(path: string): Promise<boolean> {
  return statsOf(path) !== undefined;
}

/** Also true for a dangling symlink. */
export async function existsAsEntry(path: string): Promise<boolean> {
  return entryStats(path) !== undefined;
}

/** What a path leads to, symlinks followed; `unreadable` when we may not read it. */
export async function kindOf(path: string): Promise<'file' | 'folder' | 'other' | 'missing' | 'unreadable'> {
  const info = statsOf(path);
  if (info === undefined) return 'missing';
  if (!isAllowed(path, constants.R_OK)) return 'unreadable';
  if (info.isFile()) return 'file';
  return info.isDirectory() ? 'folder' : 'other';
}

/** As kindOf for a file or a folder, for where waiting is not worth it. */
export function kindOfSync(path: string): 'file' | 'folder' | 'other' {
  const info = statsOf(path);
  return info?.isFile() ? 'file' : info?.isDirectory() ? 'folder' : 'other';
}

export async function isWritable(path: string): Promise<boolean> {
  return isAllowed(path, constants.W_OK);
}

/** A regular file itself, not a symlink to one. */
export async function isPlainFile(path: string): Promise<boolean> {
  return entryStats(path)?.isFile() ?? false;
}

/** When a path's content or place last changed (st_ctime), in ms since the epoch; 0 when it is not there. */
export async function changeTime(path: string): Promise<number> {
  return statsOf(path)?.ctimeMs ?? 0;
}

/** When a path's content last changed (st_mtime), in ms since the epoch; 0 when it is not there. */
export async function modificationTime(path: string): Promise<number> {
  return statsOf(path)?.mtimeMs ?? 0;
}

/** The target of a symlink as written, or undefined when it is none. */
export async function linkTarget(path: string): Promise<string | undefined> {
  return linkTargetSync(path);
}

/** Makes `path` a symlink to `target` at one instant, whatever was there. */
export async function linkAtomically(target: string, path: string): Promise<void> {
  await placeAtomically(path, (temporary) => symlink(target, temporary));
}

/** @throws KmodsmithError WRITE_FAILED. */
export async function makeFolder(path: string): Promise<void> {
  await makeFolders(path).catch((cause: unknown) => {
    throw new KmodsmithError('WRITE_FAILED', `${path} cannot be made: ${messageOf(cause)}`, {
      cause,
      hint: hintFor(cause),
    });
  });
}

async function makeFolders(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    // So says a recursive mkdir of Node on a file system that is read-only; a plain one says why.
    let missing = path;
    while (!(await existsAsEntry(dirname(missing)))) missing = dirname(missing);
    await mkdir(missing, { mode: 0o755 });
    await mkdir(path, { recursive: true, mode: 0o755 });
  });
}

/** What to do about a disk that cannot be written to. */
function hintFor(cause: unknown): string | undefined {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return "Make room there ('kmodsmith gc' may help), then try again.";
    case 'EROFS':
      return 'Have that file system mounted for writing, then try again.';
    default:
      return undefined;
  }
}

/**
 * Removes a file or a whole tree; nothing there is fine.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((cause: unknown) => {
    throw new KmodsmithError('WRITE_FAILED', `${path} cannot be removed: ${messageOf(cause)}`, { cause });
  });
}

export { listFolder, readBytes, readLimited, readTextIfPresent } from './read.ts';
export { rename as renamePath };

/** The names in a folder, in no order. Errors are thrown as they come. */
export async function listNames(folder: string): Promise<string[]> {
  noteLook(folder);
  return readdir(folder);
}

/** Where a path leads. Errors are thrown as they come. */
export async function realPath(path: string): Promise<string> {
  noteLook(path);
  return realpath(path);
}

/** A program: for root every folder is accessible with X_OK, so that alone says nothing. */
export async function isExecutable(path: string): Promise<boolean> {
  return statsOf(path)?.isFile() === true && isAllowed(path, constants.X_OK);
}

/**
 * Makes `path` hold `content` at one instant: written beside it, synced, renamed over it.
 * @throws KmodsmithError WRITE_FAILED; nothing is left behind and the old file is as it was.
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  await placeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/** Writes at the end of a file that is being written anyway; makes it when it is not there. */
export async function appendText(path: string, text: string): Promise<void> {
  await appendFile(path, text);
}

/** As writeAtomically, from another file. */
export async function copyAtomically(from: string, path: string, mode = 0o644): Promise<void> {
  await placeAtomically(path, async (temporary) => {
    await copyFile(from, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chmod(temporary, mode);
    const file = await open(temporary, 'r');
    await file.sync().finally(() => file.close());
  });
}

/** As copyAtomically, with the file's mode, owner and times; of a symlink the link itself. */
export async function copyPreserving(from: string, path: string): Promise<void> {
  const info = await lstat(from);
  if (info.isSymbolicLink()) return linkAtomically(await readlink(from), path);
  await placeAtomically(path, async (temporary) => {
    await copyFile(from, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chown(temporary, info.uid, info.gid);
    await chmod(temporary, info.mode);
    await utimes(temporary, info.atime, info.mtime);
    const file = await open(temporary, 'r');
    await file.sync().finally(() => file.close());
  });
}

async function placeAtomically(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await makeFolders(dirname(path));
    await removeTemporaries(path);
    await fill(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new KmodsmithError('WRITE_FAILED', `${path} cannot be written: ${messageOf(error)}`, {
      cause: error,
      hint: hintFor(error),
    });
  }
}

/** What an engine that died while it wrote this file left beside it; whoever writes it holds the lock. */
async function removeTemporaries(path: string): Promise<void> {
  const left = await listFolder(dirname(path));
  const prefix = ownPrefix(path);
  for (const { name } of left)
    if (name.startsWith(prefix)) await rm(join(dirname(path), name), { force: true });
}

/**
 * Removes empty folders from `path` upwards, never `stop` itself or anything above it. One that is gone already may have
 * been the last in the one above when an engine died.
 */
export async function pruneEmptyFolders(path: string, stop: string): Promise<void> {
  for (let folder = path; folder.startsWith(`${stop}/`); folder = dirname(folder)) {
    const removed = await rmdir(folder).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
    );
    if (!removed) return;
  }
}
