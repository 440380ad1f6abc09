import { open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KmodsmithError, messageOf } from '../errors.ts';

/**
 * Has the names in a folder outlive a power cut: a rename or a removal is on the disk only when its folder is (fsync(2)).
 * Of a folder that is gone the one above counts.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function syncFolder(path: string): Promise<void> {
  try {
    await syncPath(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && path !== '/') return syncFolder(dirname(path));
    // Some file systems have nothing to sync, or no way to.
    if (notSyncable.includes(code)) return;
    throw new KmodsmithError('WRITE_FAILED', `${path} cannot be synced: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

const notSyncable = ['EINVAL', 'ENOTSUP', 'ENOSYS', 'EROFS'];

/**
 * As syncFolder, for a folder with all that is in it: before it gets the name by which others know it.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const folders = entries.filter((entry) => entry.isDirectory());
  // At once: a journalling file system then writes its journal once.
  await Promise.all([...files, ...folders].map((entry) => syncFolder(join(entry.parentPath, entry.name))));
  await syncFolder(folder);
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
