import { basename, dirname, join, normalize, relative } from 'node:path';
import type { Distribution } from '../../distros/index.ts';
import { isPlainFile, linkTarget, pruneEmptyFolders } from '../../system/files.ts';
import { insideRoot, resolveInRoot } from '../../system/root.ts';
import { moduleSuffixes } from '../build/compress.ts';
import type { KernelObject } from '../conf/kernel-objects.ts';
import { findImage } from '../kernels.ts';
import { type Layout, modulesFolder } from '../layout.ts';

/** What decides where modules go. */
export interface Placement {
  readonly distribution: Distribution;
  /** ADDON_MODULES_DIR: a folder below /lib/modules/<release> for all modules, before the distribution's own. */
  readonly addonFolder?: string | undefined;
  /**
   * What becomes of modules that are there already. `archive`: as dkms does, the first one of the same name goes to the
   * archive, the kernel's own too, until the module is uninstalled. `overwritten-only`: the kernel package's files stay
   * where they are, since depmod prefers updates/; only what lies where ours goes is archived.
   */
  readonly originals: 'archive' | 'overwritten-only';
  /**
   * What an installed version of the same module says to another one. `compare`: as for dkms, a lower one is refused, and
   * what is in place stays. `replace`: nothing; the one that is asked for takes its place.
   */
  readonly ownVersions: 'compare' | 'replace';
}

/**
 * The folder below /lib/modules/<release> that a kernel object goes to, without slashes around it (dkms-compat.md section
 * 2.4, DEST_MODULE_LOCATION). Where the distribution has no folder of its own dkms does as the package asks; ours stays
 * out of kernel/.
 */
export function destinationFolder(
  { distribution, addonFolder, originals }: Omit<Placement, 'ownVersions'>,
  { destination }: Pick<KernelObject, 'destination'>,
): string {
  const decided = addonFolder || distribution.moduleFolder;
  if (decided !== undefined) return trim(decided);
  const own = trim(destination);
  return originals === 'overwritten-only' && isKernelFolder(own) ? 'updates' : own;
}

/** Wherever dkms or we may have put a kernel object: by the distribution's rule, then by its dkms.conf alone. */
export function possibleFolders(placement: Placement, object: Pick<KernelObject, 'destination'>): string[] {
  const folders = [
    destinationFolder(placement, object),
    destinationFolder({ ...placement, originals: 'overwritten-only' }, object),
    trim(object.destination),
  ];
  return [...new Set(folders)];
}

/** Whether a folder is one of the kernel package's. */
export function isKernelFolder(folder: string): boolean {
  return folder === 'kernel' || folder.startsWith('kernel/');
}

/** Every file of a kernel object in a folder below /lib/modules/<release>, whatever its compression; also links. */
export async function filesOfObject(
  { layout, release }: { layout: Layout; release: string },
  folder: string,
  name: string,
): Promise<string[]> {
  const paths = moduleSuffixes.map((suffix) =>
    join(modulesFolder(layout, release), folder, `${name}${suffix}`),
  );
  const present = await Promise.all(
    paths.map(async (path) => (await isPlainFile(path)) || (await linkTarget(path)) !== undefined),
  );
  return paths.filter((_, index) => present[index]);
}

/** Whether a path is one of a kernel's own module folder, by its words alone. */
export function isBelowModules(layout: Layout, release: string, path: string): boolean {
  return normalize(path).startsWith(`${modulesFolder(layout, release)}/`) && basename(path) !== '';
}

/** Whether a folder of a kernel's is its own, wherever links on the way lead: `build` there is the headers'. */
export async function isOwnFolder(layout: Layout, release: string, folder: string): Promise<boolean> {
  const top = modulesFolder(layout, release);
  const [real = '', realTop = ''] = await Promise.all(
    [join(top, folder), top].map((path) => resolveInRoot(layout.root, insideRoot(layout.root, path))),
  );
  return real === realTop || real.startsWith(`${realTop}/`);
}

function trim(folder: string): string {
  return normalize(`/${folder}`).replace(/^\/|\/$/g, '');
}

/**
 * Removes the folders that a deleted module has left empty, up to the kernel's own. rpm counts the folders right below
 * that as the kernel package's, while that is there; when it went, they were not empty yet.
 */
export async function pruneModuleFolders(
  { layout, release, distribution }: { layout: Layout; release: string; distribution: Distribution },
  path: string,
): Promise<void> {
  const folder = modulesFolder(layout, release);
  const isRpm = distribution.family === 'fedora' || distribution.family === 'suse';
  const isOwned = isRpm && (await findImage(layout, release)) !== undefined;
  const [top = ''] = relative(folder, path).split('/');
  await pruneEmptyFolders(dirname(path), isOwned ? join(folder, top) : dirname(folder));
}
