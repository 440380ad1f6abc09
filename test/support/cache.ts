import { randomBytes } from 'node:crypto';
import { access, mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { freemem, homedir } from 'node:os';
import { join } from 'node:path';

const memory = '/dev/shm';
const roomyBytes = 6 * 1024 ** 3;
const tmpfsType = 0x01021994;

export function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kmodsmith/roots');
}

/** Where the scratch folders of all processes are. */
const scratchParents = {
  disk: () => join(cacheDirectory(), 'scratch'),
  memory: () => join(memory, 'kmodsmith-scratch'),
};

/**
 * A folder of this process, whose pid its name carries; on the disk of the cache, or for the short-lived in
 * memory if there is plenty: ext4 takes seconds to create the files of a package where as many were just deleted.
 */
export async function scratchDirectory(place: 'disk' | 'memory'): Promise<string> {
  const parent = scratchParents[place === 'memory' && (await memoryIsRoomy()) ? 'memory' : 'disk']();
  const directory = join(parent, `${process.pid}-${randomBytes(6).toString('hex')}`);
  await mkdir(directory, { recursive: true });
  return directory;
}

async function memoryIsRoomy(): Promise<boolean> {
  const { type, bavail, bsize } = await statfs(memory).catch(() => ({ type: 0, bavail: 0, bsize: 0 }));
  return type === tmpfsType && bavail * bsize >= roomyBytes && freemem() >= roomyBytes;
}

/** Removes what killed runs left behind: scratch folders whose owner is gone. */
export async function removeStaleScratch(): Promise<void> {
  for (const parent of [scratchParents.disk(), scratchParents.memory()]) {
    for (const name of await readdir(parent).catch(() => [])) {
      const owner = Number.parseInt(name, 10);
      if (!(await exists(`/proc/${owner}`))) await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}

export async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
