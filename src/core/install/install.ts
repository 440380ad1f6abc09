import { basename, dirname, join } from 'node:path';
import { KmodsmithError } from '../../errors.ts';
import { syncFolder } from '../../system/durable.ts';
import { copyAtomically, exists, linkAtomically, readBytes, removeTree } from '../../system/files.ts';
import { sha256 } from '../../system/fingerprint.ts';
import { insideRoot } from '../../system/root.ts';
import { forgetConfs } from '../conf/conf-memo.ts';
import type { KernelObject } from '../conf/kernel-objects.ts';
import {
  activeLink,
  type BuildCoordinates,
  type Layout,
  manifestFile,
  modulesFolder,
  provenanceFile,
} from '../layout.ts';
import { readProvenance } from '../provenance/provenance.ts';
import { builtFile, objectName } from './built-files.ts';
import { findEarlier, type InspectedObject, inspectObjects } from './check.ts';
import {
  destinationFolder,
  isBelowModules,
  isOwnFolder,
  type Placement,
  pruneModuleFolders,
} from './destinations.ts';
import { type InstalledFile, writeManifest } from './manifest.ts';
import { archiveOriginal } from './originals.ts';
import { requireWritableModules } from './read-only.ts';
import { nothingInstalled, type Refusal } from './refusal.ts';
import { uninstallModule } from './uninstall.ts';

export interface InstallRequest extends Placement {
  readonly layout: Layout;
  readonly at: BuildCoordinates;
  /** The modules of the package that are for the kernel. */
  readonly objects: readonly KernelObject[];
  /** Put links to the build in place of copies (framework.conf, symlink_modules). */
  readonly symlink?: boolean;
  /** OBSOLETE_BY of the package. */
  readonly obsoleteBy?: string | undefined;
  /** Also what is obsolete, no newer than what is there, or the same. */
  readonly force?: boolean;
  /** As `force`, for versions only. */
  readonly versionOverride?: boolean;
}

/** A kernel object that is in place. */
interface PlacedObject {
  readonly name: string;
  /** Absolute path inside the root, as all paths here. */
  readonly path: string;
  /** Where modules were that are in the archive now. */
  readonly archived: readonly string[];
}

export interface InstallResult {
  readonly installed: readonly PlacedObject[];
  readonly refused: readonly Refusal[];
}

/**
 * Puts a build's modules below /lib/modules/<release>, each at one instant, archives what was in their place, and drops
 * what the earlier install of this module had and this one has not (dkms-compat.md sections 5.2, 5.4 and 6.3). What is
 * about to be installed is written down first: after a crash anywhere in between, doing it again or uninstalling mends it.
 * @throws KmodsmithError KERNEL_UNKNOWN, MODULES_READ_ONLY, INSTALL_FAILED, INSTALL_REFUSED when no object at all may be
 * installed, WRITE_FAILED.
 */
export async function installModule(request: InstallRequest): Promise<InstallResult> {
  const { layout, at } = request;
  await checkInstallable(request);
  await requireOwnFolders(request);
  const earlier = await findEarlier(request);
  const { wanted, refused } = await inspectObjects(request, earlier);
  if (wanted.length === 0 && refused.length > 0) {
    await withdraw(request, earlier.own);
    throw nothingInstalled(at, refused);
  }
  const kept = request.ownVersions === 'compare' ? filesOf(refused, earlier.own) : [];
  const files = await recordFiles(request, wanted, kept);
  const before = await recordFiles(request, [], earlier.same);
  await writeManifest(layout, at, { version: 1, build: 0, files: [...before, ...files] });
  const installed: PlacedObject[] = [];
  for (const object of wanted) installed.push(await place(request, object).catch(notPlaced(request, object)));
  const build = (await readProvenance(provenanceFile(layout, at)))?.startedAt ?? 0;
  // The link last but for the manifest: only then does everybody believe in the install.
  await linkAtomically(join(at.module.version, at.release, at.arch), activeLink(layout, at));
  await dropEarlier(request, { own: earlier.own, files });
  // The tree may be on another file system, which a power cut finds in another state.
  await syncPlaces(request, files);
  await writeManifest(layout, at, { version: 1, build, files });
  if (earlier.version !== undefined && earlier.version !== at.module.version)
    await removeTree(manifestFile(layout, { ...at, module: { ...at.module, version: earlier.version } }));
  forgetConfs();
  return { installed, refused };
}

/**
 * Whether there is a kernel to install into, and every module of the build to be installed.
 * @throws KmodsmithError KERNEL_UNKNOWN, MODULES_READ_ONLY, INSTALL_FAILED.
 */
export async function checkInstallable({
  layout,
  at,
  objects,
}: Pick<InstallRequest, 'layout' | 'at' | 'objects'>): Promise<void> {
  const { module, release } = at;
  const folder = modulesFolder(layout, release);
  if (!(await exists(folder))) {
    throw new KmodsmithError(
      'KERNEL_UNKNOWN',
      `${module.name} ${module.version} cannot be installed for ${release}: there is no ${folder}`,
      { hint: 'Install that kernel first, or name one of those that are installed.' },
    );
  }
  await requireWritableModules(layout, release);
  const missing = objects.filter(({ name }) => builtFile(layout, at, name) === undefined);
  if (missing.length === 0) return;
  throw new KmodsmithError(
    'INSTALL_FAILED',
    `${module.name} ${module.version} for ${release}: the build holds no ${missing.map(({ name }) => `${name}.ko`).join(', ')}`,
    { hint: `Build it again: kmodsmith install ${module.name}/${module.version} -k ${release} --rebuild` },
  );
}

/** What our engine had installed of a build that is refused now would hide the newer module of the kernel. */
async function withdraw(request: InstallRequest, own: readonly string[]): Promise<void> {
  if (request.ownVersions === 'compare' || own.length === 0) return;
  const { layout, at, objects, ...placement } = request;
  await uninstallModule({ layout, at, objects, placement });
}

function filesOf(refused: readonly Refusal[], own: readonly string[]): string[] {
  const names = new Set(refused.map(({ name }) => name));
  return own.filter((path) => names.has(objectName(basename(path)) ?? ''));
}

/** `kept` are files that are in place already. dkms leaves an earlier version's alone when it refuses the new one. */
async function recordFiles(
  request: InstallRequest,
  wanted: readonly InspectedObject[],
  kept: readonly string[],
): Promise<InstalledFile[]> {
  const { root } = request.layout;
  const contents = [
    ...wanted.map((object) => ({ path: targetOf(request, object), from: object.built })),
    ...kept.map((path) => ({ path, from: path })),
  ];
  return Promise.all(
    contents.map(async ({ path, from }) => {
      // A link to the build in another root leads nowhere here, and is known by where it leads.
      const bytes = await readBytes(from).catch(() => Buffer.alloc(0));
      return { path: insideRoot(root, path), size: bytes.length, sha256: sha256(bytes) };
    }),
  );
}

/** @throws KmodsmithError INSTALL_FAILED when a link leads out of the kernel's folder on the way. */
async function requireOwnFolders(request: InstallRequest): Promise<void> {
  const { layout, at } = request;
  for (const object of request.objects) {
    const folder = destinationFolder(request, object);
    const target = join(modulesFolder(layout, at.release), folder, `${object.name}.ko`);
    if (!(await isOwnFolder(layout, at.release, folder))) throw outside(request, object, target);
  }
}

/** @throws KmodsmithError INSTALL_FAILED when the package or its admin asks for a place outside of the kernel's. */
function targetOf(request: InstallRequest, { object, built }: InspectedObject): string {
  const { layout, at } = request;
  const target = join(modulesFolder(layout, at.release), destinationFolder(request, object), basename(built));
  if (isBelowModules(layout, at.release, target)) return target;
  throw outside(request, object, target);
}

function outside({ at }: InstallRequest, { name }: KernelObject, target: string): KmodsmithError {
  return new KmodsmithError(
    'INSTALL_FAILED',
    `${at.module.name} ${at.module.version} for ${at.release}: ${name}.ko would go to ${target}, which is not in the kernel's own folder`,
    { hint: 'DEST_MODULE_LOCATION or ADDON_MODULES_DIR must stay there, wherever links lead.' },
  );
}

function notPlaced({ at }: InstallRequest, { object }: InspectedObject) {
  return (cause: unknown): never => {
    if (!(cause instanceof KmodsmithError && cause.code === 'WRITE_FAILED')) throw cause;
    throw new KmodsmithError(
      'INSTALL_FAILED',
      `${at.module.name} ${at.module.version} for ${at.release}: ${object.name}.ko is not installed: ${cause.message}`,
      { cause, hint: 'Once that is mended, install it again, or uninstall it.' },
    );
  };
}

async function place(request: InstallRequest, inspected: InspectedObject): Promise<PlacedObject> {
  const { layout, at, symlink = false } = request;
  const target = targetOf(request, inspected);
  for (const original of inspected.originals) await archiveOriginal(layout, at, original);
  if (symlink) await linkAtomically(insideRoot(layout.root, inspected.built), target);
  else await copyAtomically(inspected.built, target);
  // Its folder stays, which may be the kernel package's.
  for (const original of inspected.originals) if (original !== target) await removeTree(original);
  return {
    name: inspected.object.name,
    path: insideRoot(layout.root, target),
    archived: inspected.originals.map((path) => insideRoot(layout.root, path)),
  };
}

async function dropEarlier(
  request: InstallRequest,
  { own, files }: { own: readonly string[]; files: readonly InstalledFile[] },
): Promise<void> {
  const present = new Set(files.map(({ path }) => join(request.layout.root, path)));
  for (const path of own) if (!present.has(path)) await removeFile(request, path);
}

async function syncPlaces({ layout }: InstallRequest, files: readonly InstalledFile[]): Promise<void> {
  const folders = new Set(files.map(({ path }) => dirname(join(layout.root, path))));
  await Promise.all([...folders].map(syncFolder));
}

async function removeFile({ layout, at, distribution }: InstallRequest, path: string): Promise<void> {
  await removeTree(path);
  await pruneModuleFolders({ layout, release: at.release, distribution }, path);
}
