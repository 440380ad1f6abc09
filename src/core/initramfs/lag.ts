import { join } from 'node:path';
import { syncFolder } from '../../system/durable.ts';
import {
  exists,
  listFolder,
  modificationTime,
  readTextIfPresent,
  removeTree,
  writeAtomically,
} from '../../system/files.ts';
import { type Layout, modulesFolder } from '../layout.ts';

/** What has changed for an initramfs. */
export interface Changes {
  readonly mode: 'auto' | 'always';
  /** Names of the kernel objects that changed; none where it is not known which. */
  readonly objects?: readonly string[];
}

/** How far a kernel's initramfs lags behind its modules: written before they change, removed when it was looked after. */
export interface Lag extends Changes {
  readonly version: 1;
  /** Other hooks of the same transaction are about to make the image: one that is newer than the note is up to date. */
  readonly isLeft?: true;
}

function lagFile({ initramfs }: Layout, release: string): string {
  return join(initramfs, release);
}

export async function hasLagged(layout: Layout, release: string): Promise<boolean> {
  return exists(lagFile(layout, release));
}

/** What cannot be read says that something changed, and not what. */
export async function readLag(layout: Layout, release: string): Promise<Lag | undefined> {
  const text = await readTextIfPresent(lagFile(layout, release)).catch(() => '');
  if (text === undefined) return undefined;
  try {
    const { mode, objects, isLeft } = JSON.parse(text) as Partial<Lag>;
    const wish = mode === 'always' ? 'always' : 'auto';
    return {
      ...{ version: 1, mode: wish },
      ...(isNames(objects) && { objects }),
      ...(isLeft === true && { isLeft }),
    };
  } catch {
    return { version: 1, mode: 'auto' };
  }
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

/**
 * Adds to what has changed; without objects it is not known what.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function noteLag(layout: Layout, release: string, news: Changes): Promise<void> {
  const known = (await readLag(layout, release)) ?? { mode: 'auto', objects: [] };
  const mode = known.mode === 'always' ? 'always' : news.mode;
  const objects = known.objects && news.objects && [...new Set([...known.objects, ...news.objects])];
  await writeLag(layout, release, { version: 1, mode, ...(objects !== undefined && { objects }) });
}

/**
 * Leaves the image to whoever makes it next; all that was noted has happened by now.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function leaveLag(layout: Layout, release: string, lag: Lag): Promise<void> {
  await writeLag(layout, release, { ...lag, isLeft: true });
}

async function writeLag(layout: Layout, release: string, lag: Lag): Promise<void> {
  await writeAtomically(lagFile(layout, release), JSON.stringify(lag));
  await syncFolder(layout.initramfs);
}

/** When the note was written, in ms since the epoch. */
export async function timeOfLag(layout: Layout, release: string): Promise<number> {
  return modificationTime(lagFile(layout, release));
}

/** @throws KmodsmithError WRITE_FAILED. */
export async function forgetLag(layout: Layout, release: string): Promise<void> {
  await removeTree(lagFile(layout, release));
}

/** Forgets kernels of which nothing is left: a kernel that comes back under the same name has an image of its own. */
export async function forgetLagOfGoneKernels(layout: Layout): Promise<void> {
  for (const { name } of await listFolder(layout.initramfs))
    if (!(await exists(modulesFolder(layout, name)))) await forgetLag(layout, name);
}
