import { basename, dirname } from 'node:path';
import { syncFolder } from '../../system/durable.ts';
import { listFolder, pruneEmptyFolders, removeTree } from '../../system/files.ts';
import { insideRoot } from '../../system/root.ts';
import { forgetAllAttempts, forgetAttempts } from '../build/begin-attempt.ts';
import { forgetConfs } from '../conf/conf-memo.ts';
import type { KernelObject } from '../conf/kernel-objects.ts';
import {
  activeLink,
  type BuildCoordinates,
  failureFolder,
  type Layout,
  manifestFile,
  moduleFolder,
  resultFolder,
} from '../layout.ts';
import { installedVersion, listBuilds } from '../tree.ts';
import { objectName } from './built-files.ts';
import { type Placement, pruneModuleFolders } from './destinations.ts';
import { findOwnFiles } from './installed-files.ts';
import { readManifest } from './manifest.ts';
import { dropArchive, restoreOriginals } from './originals.ts';

export interface UninstallRequest {
  readonly layout: Layout;
  readonly at: BuildCoordinates;
  readonly placement: Placement;
  /** All modules of the package, also those that are not for this kernel; none when its dkms.conf cannot be read. */
  readonly objects?: readonly KernelObject[] | undefined;
}

/** What an uninstall did. Paths are absolute inside the root. */
export interface UninstallResult {
  /** Whether this version was the installed one. */
  readonly wasActive: boolean;
  readonly deleted: readonly string[];
  /** Names of objects of which nothing of this module was in the kernel. */
  readonly notFound: readonly string[];
  /** Recorded files that are another module by now, and stay. */
  readonly replaced: readonly string[];
  /** Originals that are back in their place. */
  readonly restored: readonly string[];
  /** Archived modules whose `.origin` leads nowhere in this kernel; they stay in the archive. */
  readonly unrestored: readonly { readonly archive: string; readonly origin: string }[];
}

/**
 * Takes a module out of a kernel and puts back what it had replaced (dkms-compat.md sections 5.4 and 6.4). Works with a
 * broken tree, without a dkms.conf, and when half of it is gone. An original comes back before ours goes, so that
 * there always is a module.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function uninstallModule(request: UninstallRequest): Promise<UninstallResult> {
  const { layout, at, objects = [] } = request;
  const active = await installedVersion(layout, at);
  const names = [...new Set(objects.map(({ name }) => name))];
  if (active !== undefined && active !== at.module.version) {
    // The files are the other version's by now.
    await removeTree(manifestFile(layout, at));
    return nothingDone(names);
  }
  const wasThere = active !== undefined || (await readManifest(layout, at)) !== undefined;
  if (!wasThere) return nothingDone(names);
  const { own, replaced, gone } = await findOwnFiles(request);
  const originals = await restoreOriginals({ layout, at, own, objects });
  const ours = own.filter((path) => !originals.restored.includes(path));
  for (const path of ours) await removeTree(path);
  const kernel = { layout, release: at.release, distribution: request.placement.distribution };
  for (const path of [...ours, ...gone]) await pruneModuleFolders(kernel, path);
  await removeTree(activeLink(layout, at));
  await dropArchive(layout, at, originals);
  // A removal goes on whatever cannot be synced.
  await Promise.all([...new Set(ours.map(dirname))].map(syncFolder)).catch(() => undefined);
  // Last: with it all of this can be done again.
  await removeTree(manifestFile(layout, at));
  forgetConfs();
  const inside = (path: string) => insideRoot(layout.root, path);
  const found = new Set(own.map((path) => objectName(basename(path))));
  return {
    wasActive: active !== undefined,
    deleted: own.map(inside),
    notFound: names.filter((name) => !found.has(name)),
    replaced: replaced.map(inside),
    restored: originals.restored.map(inside),
    unrestored: originals.unrestored.map(({ archive, origin }) => ({ archive: inside(archive), origin })),
  };
}
function nothingDone(notFound: readonly string[]): UninstallResult {
  return { wasActive: false, deleted: [], notFound, replaced: [], restored: [], unrestored: [] };
}

/**
 * Deletes a build and what is remembered of attempts; the module stays registered. The build goes last: as long as it is
 * there, whoever comes after a crash does all of this again.
 */
export async function unbuildModule(layout: Layout, at: BuildCoordinates): Promise<void> {
  await forgetFailure(layout, at);
  await forgetAttempts(layout, at);
  const result = resultFolder(layout, at);
  await removeTree(result);
  await pruneEmptyFolders(dirname(result), moduleFolder(layout, at.module));
}

export async function forgetFailure(layout: Layout, at: BuildCoordinates): Promise<void> {
  const folder = failureFolder(layout, at);
  await removeTree(folder);
  await pruneEmptyFolders(dirname(folder), layout.failures);
}

/** Forgets a module that has no builds left; its source in /usr/src is the package's and stays. */
export async function deregisterModule(layout: Layout, module: BuildCoordinates['module']): Promise<void> {
  if ((await listBuilds(layout, module)).length > 0) return;
  await forgetAllAttempts(layout, module);
  const folder = moduleFolder(layout, module);
  await removeTree(folder);
  const parent = dirname(folder);
  // Links to kernels of a module without any version lead nowhere.
  const entries = await listFolder(parent);
  if (entries.every((entry) => entry.isSymbolicLink())) await removeTree(parent);
}
