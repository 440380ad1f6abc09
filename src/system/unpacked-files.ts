import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, link, mkdir, open, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KmodsmithError, messageOf } from '../errors.ts';
import { kindOf, removeTree } from './files.ts';

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * A new folder below `parent`, or below the system's own folder for such when there is none, that only we can look into
 * (0700). It goes when it is disposed of or when we end.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function makeTemporaryFolder(parent: string): Promise<TemporaryFolder> {
  const base = (await kindOf(parent)) === 'folder' ? parent : tmpdir();
  let path: string;
  try {
    path = mkdtempSync(join(base, 'kmodsmith-'));
  } catch (error) {
    throw new KmodsmithError('WRITE_FAILED', `no folder can be made in ${base}: ${messageOf(error)}`, {
      hint: 'Set TMPDIR, or tmp_location in /etc/dkms/framework.conf, to a folder with room.',
    });
  }
  // A program of ours that was killed may write a last file.
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  process.once('exit', remove);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await removeTree(path);
      process.off('exit', remove);
    },
  };
}

/** A file that is being made. */
export interface NewFile {
  write(bytes: Uint8Array): Promise<void>;
  /** `modified`: milliseconds since the epoch. */
  close(modified: number): Promise<void>;
}

/** Makes a file where none is, with exactly this mode. Errors are thrown as they come. */
export async function makeFile(path: string, mode: number): Promise<NewFile> {
  const file = await open(path, 'wx', 0o600);
  return {
    write: async (bytes) => {
      await file.writeFile(bytes);
    },
    close: async (modified) => {
      try {
        await file.chmod(mode);
        await file.utimes(modified / 1000, modified / 1000);
      } finally {
        await file.close();
      }
    },
  };
}

/** Makes a folder with what is missing above it; one that is there gets the mode. */
export async function makeFolderWithMode(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 });
  await chmod(path, mode);
}

export { link as linkFile, symlink as makeSymlink };
