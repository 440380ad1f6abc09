import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { KmodsmithError, messageOf } from '../errors.ts';
import { noteLook } from './looks.ts';

// Synchronous inside: local files take microseconds, and the way through the thread pool ten times as long.

/**
 * Reads a text file; undefined when it is not there.
 * @throws KmodsmithError READ_FAILED.
 */
export async function readTextIfPresent(path: string): Promise<string | undefined> {
  const bytes = await readBytes(path).catch((error: KmodsmithError) => {
    if (isAbsence(error.cause)) return undefined;
    throw error;
  });
  return bytes?.toString('utf8');
}

/**
 * The bytes of a regular file: nothing waits for the writer of a FIFO, or reads on and on.
 * @throws KmodsmithError READ_FAILED.
 */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    const file = openToRead(path);
    try {
      const status = fstatSync(file);
      if (!status.isFile()) throw new Error(`it is ${status.isDirectory() ? 'a folder' : 'no regular file'}`);
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw cannotRead(path, error);
  }
}

/**
 * The entries of a folder in C-locale order; none when the folder is not there.
 * @throws KmodsmithError READ_FAILED.
 */
export async function listFolder(path: string): Promise<Dirent[]> {
  noteLook(path);
  try {
    return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isAbsence(error)) return [];
    throw cannotRead(path, error);
  }
}

/** Something that is not there, or below something that is no folder. */
function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function cannotRead(path: string, error: unknown): KmodsmithError {
  return new KmodsmithError('READ_FAILED', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
}

function openToRead(path: string): number {
  noteLook(path);
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

/**
 * The bytes of a regular file, or what keeps us from reading it. Never waits for the writer of a FIFO, never reads more
 * than `limit` bytes. Errors are thrown as they come.
 */
export async function readLimited(
  path: string,
  limit: number,
): Promise<Buffer | 'folder' | 'other' | 'large'> {
  const file = openToRead(path);
  try {
    const status = fstatSync(file);
    if (!status.isFile()) return status.isDirectory() ? 'folder' : 'other';
    const buffer = Buffer.alloc(limit + 1);
    let length = 0;
    while (length <= limit) {
      const bytesRead = readSync(file, buffer, length, buffer.length - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return length > limit ? 'large' : buffer.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
