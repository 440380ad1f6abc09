import { basename, dirname, isAbsolute, join, normalize, relative } from 'node:path';
import {
  copyPreserving,
  exists,
  existsAsEntry,
  linkTarget,
  pruneEmptyFolders,
  readTextIfPresent,
  removeTree,
  writeAtomically,
} from '../../system/files.ts';
import { filesBelow } from '../../system/fingerprint.ts';
import { insideRoot, resolveInRoot } from '../../system/root.ts';
import type { KernelObject } from '../conf/kernel-objects.ts';
import { archiveFolder, type BuildCoordinates, type Layout, modulesFolder } from '../layout.ts';
import { objectName } from './built-files.ts';

const originSuffix = '.origin';

/** For a second module of the same file name; restored like any other. */
const secondFolder = 'collisions';

/**
 * Copies a module that is in the way to the archive, with where it came from (dkms-compat.md section 5.4). It stays where
 * it is: whoever puts another in its place does so at one instant, and a crash in between loses nothing.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function archiveOriginal(layout: Layout, at: BuildCoordinates, path: string): Promise<void> {
  const origin = insideRoot(layout.root, path);
  const folder = archiveFolder(layout, at);
  const first = join(folder, basename(path));
  const taken = await readTextIfPresent(`${first}${originSuffix}`);
  const isTaken = (await existsAsEntry(first)) && taken?.trim() !== origin;
  const archive = isTaken ? join(folder, secondFolder, basename(path)) : first;
  // Without its origin an archived module would go to the wrong place.
  await writeAtomically(`${archive}${originSuffix}`, `${origin}\n`);
  await copyPreserving(path, archive);
}

export interface Restoring {
  readonly layout: Layout;
  readonly at: BuildCoordinates;
  /** Host paths of the module's own files, which an original may replace. */
  readonly own: readonly string[];
  /** For archives that do not say where they came from, such as those of old dkms versions. */
  readonly objects?: readonly KernelObject[] | undefined;
}

export interface Restored {
  /** Host paths where an original is back, or is still. */
  readonly restored: readonly string[];
  /** Archives that went nowhere and stay where they are. */
  readonly unrestored: readonly { readonly archive: string; readonly origin: string }[];
}

/**
 * Puts archived modules back where they came from, below the kernel's own folder and nowhere else. What the kernel's
 * package has laid down there since is newer than the archive and stays. Nothing comes back into a kernel that is gone.
 * The archive stays until `dropArchive`, so that this can be done again after a crash.
 */
export async function restoreOriginals(restoring: Restoring): Promise<Restored> {
  const { layout, at, own } = restoring;
  const restored: string[] = [];
  const unrestored: Restored['unrestored'][number][] = [];
  for (const archive of await listArchives(layout, at)) {
    const origin = await readOrigin(archive);
    const target =
      (await admitOrigin(layout, at.release, origin)) ??
      (await admitOrigin(layout, at.release, statedPlace(restoring, archive)));
    if (target === undefined) {
      unrestored.push({ archive, origin: origin ?? '' });
      continue;
    }
    if (!(await isKernelThere(layout, at.release, target))) continue;
    const isFree = own.includes(target) || !(await existsAsEntry(target));
    if (isFree) await copyPreserving(archive, target);
    restored.push(target);
  }
  return { restored, unrestored };
}

/** Clears the archive of a kernel, but for what could not be put back. */
export async function dropArchive(
  layout: Layout,
  at: BuildCoordinates,
  { unrestored }: Pick<Restored, 'unrestored'>,
): Promise<void> {
  const folder = archiveFolder(layout, at);
  const kept = new Set(unrestored.flatMap(({ archive }) => [archive, `${archive}${originSuffix}`]));
  for (const path of await filesOfArchive(layout, at)) {
    if (kept.has(path)) continue;
    await removeTree(path);
    await pruneEmptyFolders(dirname(path), join(layout.dkmsTree, at.module.name));
  }
  await pruneEmptyFolders(folder, join(layout.dkmsTree, at.module.name));
}

/** The archived modules, `.origin` files and whatever else somebody put there left out. */
async function listArchives(layout: Layout, at: BuildCoordinates): Promise<string[]> {
  const files = await filesOfArchive(layout, at);
  return files.filter((path) => objectName(basename(path)) !== undefined);
}

/** None behind a link in the archive's path: it leads to what is somebody else's, and what is there stays. */
async function filesOfArchive(layout: Layout, at: BuildCoordinates): Promise<string[]> {
  const archive = archiveFolder(layout, at);
  const top = join(layout.dkmsTree, at.module.name);
  for (let folder = archive; folder.startsWith(`${top}/`); folder = dirname(folder))
    if ((await linkTarget(folder)) !== undefined) return [];
  return filesBelow(archive).map((name) => join(archive, name));
}

/** What the `.origin` file says: an absolute path inside the root. */
async function readOrigin(archive: string): Promise<string | undefined> {
  return (await readTextIfPresent(`${archive}${originSuffix}`).catch(() => undefined))?.trim();
}

/** Where the package would have the module: dkms takes that for an origin that is missing or leads out of the kernel. */
function statedPlace({ layout, at, objects = [] }: Restoring, archive: string): string | undefined {
  const object = objects.find(({ name }) => name === objectName(basename(archive)));
  if (object === undefined) return undefined;
  const folder = insideRoot(layout.root, modulesFolder(layout, at.release));
  return join(folder, object.destination, basename(archive));
}

/** The host path of an origin that is a kernel object below the kernel's folder, wherever links on the way lead. */
async function admitOrigin(
  layout: Layout,
  release: string,
  origin: string | undefined,
): Promise<string | undefined> {
  if (origin === undefined || objectName(basename(origin)) === undefined) return undefined;
  if (!isAbsolute(origin) || normalize(origin) !== origin) return undefined;
  const folder = modulesFolder(layout, release);
  const [real = '', realFolder = ''] = await Promise.all(
    [dirname(origin), insideRoot(layout.root, folder)].map((path) => resolveInRoot(layout.root, path)),
  );
  const isBelow = real === realFolder || real.startsWith(`${realFolder}/`);
  return isBelow ? join(folder, relative(realFolder, real), basename(origin)) : undefined;
}

/** A kernel's own modules go with it; a folder that only headers or other packages still use gets none back. */
async function isKernelThere(layout: Layout, release: string, target: string): Promise<boolean> {
  const folder = modulesFolder(layout, release);
  const drivers = join(folder, 'kernel');
  return target.startsWith(`${drivers}/`) ? exists(drivers) : exists(folder);
}
