import { dirname, join } from 'node:path';
import { syncFolder, syncTree } from '../../system/durable.ts';
import {
  copyAtomically,
  exists,
  listFolder,
  makeFolder,
  pruneEmptyFolders,
  removeTree,
  renamePath,
} from '../../system/files.ts';

/** dkms cleans up `.tmp_*`, so it may find what we leave; what it builds itself at this moment is not ours to touch. */
const ownStaging = /^\.tmp_.*_kmodsmith[0-9a-f]+$/;

/** What a result is called until it is finished. */
export function stagingName(arch: string): string {
  return `.tmp_${arch}_kmodsmith${crypto.randomUUID().slice(0, 6)}`;
}

/** What an earlier result is called while the new one takes its place. */
const retiredPrefix = '.old_';

/**
 * Puts a finished result where the earlier one is. Folders cannot be exchanged in one step, so the earlier one steps
 * aside first; `restoreRetired` brings it back if we die in between. The manifest of what is installed moves along. The
 * new one is on the disk before it gets its name, and has its name there before the earlier one is deleted.
 */
export async function swapIntoPlace(staging: string, result: string): Promise<void> {
  const retired = retiredPath(result);
  await makeFolder(dirname(result));
  await removeTree(retired);
  if (await exists(result)) {
    const manifest = join(result, 'manifest.json');
    if (await exists(manifest)) await copyAtomically(manifest, join(staging, 'manifest.json'));
    await syncTree(staging);
    await renamePath(result, retired);
  } else await syncTree(staging);
  await renamePath(staging, result);
  await syncFolder(dirname(result));
  await removeTree(retired);
}

/** What is in the way of a sound state, and where it belongs; without a place it is to go. */
export interface CutShort {
  readonly path: string;
  readonly place?: string;
}

/** What an interrupted swap or removal has left of `folder` (`<name>/<version>/<release>`). */
export async function listRetired(folder: string): Promise<CutShort[]> {
  const found: CutShort[] = [];
  const entries = await listFolder(folder);
  if (entries.length === 0 && (await exists(folder))) return [{ path: folder }];
  for (const { name } of entries) {
    const path = join(folder, name);
    if (ownStaging.test(name)) found.push({ path });
    if (!name.startsWith(retiredPrefix)) continue;
    const place = join(folder, name.slice(retiredPrefix.length));
    found.push((await exists(place)) ? { path } : { path, place });
  }
  return found;
}

/** Undoes a swap that was interrupted below `folder`, and clears unfinished results; of a removal, the empty folder. */
export async function restoreRetired(folder: string): Promise<void> {
  for (const { path, place } of await listRetired(folder))
    await (place === undefined ? removeTree(path) : renamePath(path, place));
  await pruneEmptyFolders(folder, dirname(folder));
}

function retiredPath(result: string): string {
  return join(dirname(result), `${retiredPrefix}${result.slice(result.lastIndexOf('/') + 1)}`);
}
