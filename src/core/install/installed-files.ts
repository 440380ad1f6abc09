import { basename, join, normalize } from 'node:path';
import { linkTarget, readBytes } from '../../system/files.ts';
import { sha256 } from '../../system/fingerprint.ts';
import type { KernelObject } from '../conf/kernel-objects.ts';
import { type BuildCoordinates, type Layout, resultFolder } from '../layout.ts';
import { installedVersion } from '../tree.ts';
import { builtFile, builtNames, objectName } from './built-files.ts';
import {
  destinationFolder,
  filesOfObject,
  isKernelFolder,
  type Placement,
  possibleFolders,
} from './destinations.ts';
import { readManifest } from './manifest.ts';
import { isSameBody, type ModuleFile, readModuleFile } from './module-file.ts';

export interface InstalledSubject {
  readonly layout: Layout;
  readonly at: BuildCoordinates;
}

/**
 * The file of a kernel object below /lib/modules/<release>, as a host path: where the install recorded it, else where
 * dkms puts it. Undefined when there is none. Whether it holds what was built is for the caller to compare.
 */
export async function findInstalled({
  layout,
  at,
  object,
  ...placement
}: InstalledSubject & { object: KernelObject } & Omit<Placement, 'originals' | 'ownVersions'>): Promise<
  string | undefined
> {
  const recorded = ((await readManifest(layout, at))?.files ?? [])
    .filter(({ path }) => objectName(basename(path)) === object.name)
    .map(({ path }) => join(layout.root, path));
  const folder = destinationFolder({ ...placement, originals: 'archive' }, object);
  const present = await filesOfObject({ layout, release: at.release }, folder, object.name);
  const candidates = [...recorded, ...present];
  const readable = await Promise.all(
    candidates.map((path) => readPlaced(layout, path).catch(() => undefined)),
  );
  return candidates.find((_, index) => readable[index] !== undefined);
}

export interface OwnFiles {
  /** Host paths of what a module has in a kernel's folder and is still its own. */
  readonly own: readonly string[];
  /** Host paths of what it had put there and somebody has replaced by another module since. */
  readonly replaced: readonly string[];
  /** Host paths of what it had put there and is not there any more. */
  readonly gone: readonly string[];
}

export interface OwnLookup extends InstalledSubject {
  readonly placement: Placement;
  /** The modules of the package; without, the names of the built ones and the folders that dkms uses must do. */
  readonly objects?: readonly KernelObject[] | undefined;
}

/**
 * What a module version has installed in a kernel. The manifest tells; what dkms itself installed left none and is known
 * by where it is and by its MODULE version (dkms-compat.md section 6.4), among the kernel's own files by its content.
 */
export async function findOwnFiles(lookup: OwnLookup): Promise<OwnFiles> {
  const { layout, at } = lookup;
  const manifest = await readManifest(layout, at);
  if (manifest === undefined) {
    const isActive = (await installedVersion(layout, at)) === at.module.version;
    return { own: isActive ? await findUnlisted(lookup) : [], replaced: [], gone: [] };
  }
  const found: Record<Verdict, string[]> = { own: [], replaced: [], gone: [] };
  for (const recorded of new Set(manifest.files.map((file) => file.path))) {
    const hashes = manifest.files.filter(({ path }) => path === recorded).map((file) => file.sha256);
    const path = join(layout.root, recorded);
    found[await judgeRecorded(lookup, path, hashes)].push(path);
  }
  return found;
}

type Verdict = keyof OwnFiles;

/** The content of an installed file; a link is followed as it would be below the root. */
async function readPlaced(layout: Layout, path: string): Promise<Uint8Array> {
  const target = await linkTarget(path);
  return readBytes(target?.startsWith('/') ? join(layout.root, target) : path);
}

/** What is no module at all, such as the rest of a disk error, is nobody else's. */
async function judgeRecorded(
  { layout, at }: InstalledSubject,
  path: string,
  hashes: readonly string[],
): Promise<Verdict> {
  const target = await linkTarget(path);
  if (target !== undefined) return leadsToBuild({ layout, at }, target) ? 'own' : 'replaced';
  const bytes = await readBytes(path).catch(() => undefined);
  if (bytes === undefined) return 'gone';
  if (hashes.includes(sha256(bytes))) return 'own';
  const found = await readModuleFile(path);
  if (found.stamp === undefined) return 'own';
  const built = await readBuilt({ layout, at }, objectName(basename(path)) ?? '');
  return built !== undefined && isSameModule(found, built) ? 'own' : 'replaced';
}

function leadsToBuild({ layout, at }: InstalledSubject, target: string): boolean {
  return normalize(join(layout.root, target)).startsWith(`${resultFolder(layout, at)}/`);
}

async function readBuilt({ layout, at }: InstalledSubject, name: string): Promise<ModuleFile | undefined> {
  const path = builtFile(layout, at, name);
  return path === undefined ? undefined : readModuleFile(path);
}

/** By content, or by what the modules say of themselves where they say anything. */
export function isSameModule(a: ModuleFile, b: ModuleFile): boolean {
  if (isSameBody(a, b)) return true;
  if (a.stamp === undefined || b.stamp === undefined) return false;
  const says = a.stamp.version !== '' || a.stamp.checksum !== '';
  return says && a.stamp.version === b.stamp.version && a.stamp.checksum === b.stamp.checksum;
}

/** Where dkms puts modules; for packages of which nobody can tell any more what they ask for. */
const knownFolders = ['updates/dkms', 'updates', 'extra', 'extra/dkms'];

async function findUnlisted(lookup: OwnLookup): Promise<string[]> {
  const { layout, at, placement, objects = [] } = lookup;
  const names = new Set([...objects.map(({ name }) => name), ...builtNames(layout, at)]);
  const found: string[] = [];
  for (const name of names) {
    const object = objects.find((candidate) => candidate.name === name);
    const folders = object === undefined ? knownFolders : possibleFolders(placement, object);
    found.push(...(await findUnlistedObject(lookup, name, folders)));
  }
  return found;
}

/** The first folder that holds the module counts; later ones may hold another package's. */
async function findUnlistedObject(
  { layout, at }: InstalledSubject,
  name: string,
  folders: readonly string[],
): Promise<string[]> {
  const built = await readBuilt({ layout, at }, name);
  if (built === undefined) return [];
  for (const folder of folders) {
    const paths = await filesOfObject({ layout, release: at.release }, folder, name);
    const verdicts = await Promise.all(
      paths.map(async (path) => {
        const target = await linkTarget(path);
        if (target !== undefined) return leadsToBuild({ layout, at }, target);
        return isInstallOf(built, await readModuleFile(path), isKernelFolder(folder));
      }),
    );
    if (verdicts.includes(true)) return paths.filter((_, index) => verdicts[index]);
  }
  return [];
}

function isInstallOf(built: ModuleFile, found: ModuleFile, amongKernelFiles: boolean): boolean {
  if (amongKernelFiles || built.stamp === undefined || found.stamp === undefined)
    return isSameModule(built, found);
  return built.stamp.version === found.stamp.version;
}
