import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listFolder } from './files.ts';

const prefix = '.kmodsmith-private-';

/**
 * A new folder below `parent` that only its owner can look into (0700), for secrets on their way to their place on the
 * same file system. Removes what dead engines left of theirs, so callers take turns. Errors are thrown as they come.
 */
export async function makePrivateFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o755 });
  for (const { name } of await listFolder(parent))
    if (name.startsWith(prefix)) await rm(join(parent, name), { recursive: true, force: true });
  return mkdtemp(join(parent, prefix));
}
