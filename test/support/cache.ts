import { randomBytes } from 'node:crypto';
import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

export function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kmodsmith/roots');
}

/** A folder of this process on the filesystem of the cache; its name carries the owner's pid. */
export async function scratchDirectory(): Promise<string> {
  const directory = join(cacheDirectory(), 'scratch', `${process.pid}-${randomBytes(6).toString('hex')}`);
  await mkdir(directory, { recursive: true });
  return directory;
}

/** Removes what killed runs left behind: scratch folders whose owner is gone. */
export async function removeStaleScratch(): Promise<void> {
  const parent = join(cacheDirectory(), 'scratch');
  for (const name of await readdir(parent).catch(() => [])) {
    const owner = Number.parseInt(name, 10);
    if (await exists(`/proc/${owner}`)) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

export async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
