import { dirname, join } from 'node:path';
import { listFolder, pruneEmptyFolders, removeTree } from '../system/files.ts';
import { filesIn } from '../system/fingerprint.ts';
import { moduleSuffixes } from './compress.ts';
import {
  activeLink,
  type BuildCoordinates,
  failureFolder,
  type Layout,
  manifestFile,
  moduleFolder,
  modulesFolder,
  resultFolder,
} from './layout.ts';
import { readManifest } from './manifest.ts';
import { installedVersion, listBuilds } from './tree.ts';

/** Where dkms puts modules (dkms(8), DEST_MODULE_LOCATION); only for installs that left no manifest. */
const knownFolders = ['updates/dkms', 'updates', 'extra', 'extra/dkms'];

/** Takes a module out of a kernel. Works with a broken tree, without a dkms.conf, and when half of it is gone. */
export async function uninstallModule(layout: Layout, at: BuildCoordinates): Promise<void> {
  const modules = modulesFolder(layout, at.release);
  for (const file of await installedFiles(layout, at)) {
    await removeTree(file);
    await pruneEmptyFolders(dirname(file), dirname(modules));
  }
  await removeTree(manifestFile(layout, at));
  if ((await installedVersion(layout, at)) === at.module.version) await removeTree(activeLink(layout, at));
}

/** None when another version is the installed one: the files are its own by now. */
async function installedFiles(layout: Layout, at: BuildCoordinates): Promise<string[]> {
  const active = await installedVersion(layout, at);
  if (active !== undefined && active !== at.module.version) return [];
  const manifest = await readManifest(layout, at);
  if (manifest !== undefined) return manifest.files.map((file) => join(layout.root, file.path));
  return active === undefined ? [] : unlistedFiles(layout, at);
}

/** Deletes a build and what is remembered of failed attempts; the module stays registered. */
export async function unbuildModule(layout: Layout, at: BuildCoordinates): Promise<void> {
  const result = resultFolder(layout, at);
  await removeTree(result);
  await pruneEmptyFolders(dirname(result), moduleFolder(layout, at.module));
  await forgetFailure(layout, at);
}

export async function forgetFailure(layout: Layout, at: BuildCoordinates): Promise<void> {
  const folder = failureFolder(layout, at);
  await removeTree(folder);
  await pruneEmptyFolders(dirname(folder), layout.failures);
}

/** Forgets a module that has no builds left; its source in /usr/src is the package's and stays. */
export async function deregisterModule(layout: Layout, module: BuildCoordinates['module']): Promise<void> {
  if ((await listBuilds(layout, module)).length > 0) return;
  const folder = moduleFolder(layout, module);
  await removeTree(folder);
  const parent = dirname(folder);
  // Links to kernels of a module without any version lead nowhere.
  const entries = await listFolder(parent);
  if (entries.every((entry) => entry.isSymbolicLink())) await removeTree(parent);
}

function unlistedFiles(layout: Layout, at: BuildCoordinates): string[] {
  const built = filesIn(join(resultFolder(layout, at), 'module'));
  const names = built.filter((name) => moduleSuffixes.some((suffix) => name.endsWith(suffix)));
  return knownFolders.flatMap((folder) => {
    const present = new Set(filesIn(join(modulesFolder(layout, at.release), folder)));
    return names
      .filter((name) => present.has(name))
      .map((name) => join(modulesFolder(layout, at.release), folder, name));
  });
}
