import { join } from 'node:path';
import { isKernelRelease, isModuleName, isModuleVersion } from '../formats/release-words.ts';
import type { ModuleId, ModuleVersions } from '../policy/types.ts';
import { exists, existsAsEntry, linkTarget, listFolder } from '../system/files.ts';
import { insideRoot, resolveInRoot } from '../system/root.ts';
import {
  activeLink,
  type BuildCoordinates,
  type Layout,
  moduleFolder,
  registrationLink,
  resultFolder,
} from './layout.ts';

/** Folders of a module version that hold no builds (dkms-compat.md section 4.1). */
const notReleases: ReadonlySet<string> = new Set(['build', 'source', 'tarball', 'driver_disk', 'rpm', 'deb']);

/** Where dkms keeps in-tree modules that it replaced, beside the versions of a module. */
const archiveFolder = 'original_module';

/** May this be the folder of a kernel's builds below a module version? */
export function isBuildFolder(name: string): boolean {
  return isKernelRelease(name) && !notReleases.has(name);
}

/** May this be the folder of an architecture's build? What begins with a dot is unfinished or retired. */
export function isArch(name: string): boolean {
  return isKernelRelease(name);
}

/** Every module version that the tree knows, in C-locale order; also those whose registration is gone. */
export async function listModules(layout: Layout): Promise<ModuleId[]> {
  const found: ModuleId[] = [];
  for (const name of await folderNames(layout.dkmsTree, isModuleName)) {
    const versions = await folderNames(join(layout.dkmsTree, name), isModuleVersion);
    found.push(
      ...versions.filter((version) => version !== archiveFolder).map((version) => ({ name, version })),
    );
  }
  return found;
}

/** The kernel releases for which a module has, or once had, builds. */
export async function listBuiltReleases(layout: Layout, module: ModuleId): Promise<string[]> {
  return folderNames(moduleFolder(layout, module), isBuildFolder);
}

/** Every build of a module: a folder `<release>/<arch>/module` makes one, as for dkms. */
export async function listBuilds(layout: Layout, module: ModuleId): Promise<BuildCoordinates[]> {
  const found: BuildCoordinates[] = [];
  const folder = moduleFolder(layout, module);
  for (const release of await listBuiltReleases(layout, module)) {
    for (const arch of await folderNames(join(folder, release), (name) => !name.startsWith('.'))) {
      const at = { module, release, arch };
      if (await exists(join(resultFolder(layout, at), 'module'))) found.push(at);
    }
  }
  return found;
}

export async function isRegistered(layout: Layout, module: ModuleId): Promise<boolean> {
  return existsAsEntry(registrationLink(layout, module));
}

/** The module's source as a host path; it need not exist. Also a module's own folder counts (dkms keeps such). */
export async function sourceFolder(layout: Layout, module: ModuleId): Promise<string> {
  return resolveInRoot(layout.root, insideRoot(layout.root, registrationLink(layout, module)));
}

/**
 * The folder that a package's scripts are called in. On this system by the registration, as dkms calls them: they find
 * themselves by $0, and what they then name below the tree is the same as for dkms.
 */
export async function scriptFolder(layout: Layout, module: ModuleId): Promise<string> {
  return layout.root === '/' ? registrationLink(layout, module) : await sourceFolder(layout, module);
}

/** Whether the build is the installed one: the module's active link leads to it, however it is spelled. */
export async function isInstalled(layout: Layout, at: BuildCoordinates): Promise<boolean> {
  return (await installedVersion(layout, at)) === at.module.version;
}

/** The version of a module that is installed for a kernel, from the active link. */
export async function installedVersion(layout: Layout, at: BuildCoordinates): Promise<string | undefined> {
  const target = await linkTarget(activeLink(layout, at));
  return target?.split('/').at(-3);
}

/** The versions of these modules that are installed for a kernel; a name that is missing has none. */
export async function installedVersions(
  layout: Layout,
  { release, arch }: Pick<BuildCoordinates, 'release' | 'arch'>,
  names: readonly string[],
): Promise<ModuleVersions> {
  const found = names.filter(isModuleName).map(async (name): Promise<[string, string][]> => {
    const version = await installedVersion(layout, { module: { name, version: '' }, release, arch });
    return version === undefined ? [] : [[name, version]];
  });
  return Object.fromEntries((await Promise.all(found)).flat());
}

async function folderNames(folder: string, fits: (name: string) => boolean): Promise<string[]> {
  const entries = await listFolder(folder);
  return entries.filter((entry) => entry.isDirectory() && fits(entry.name)).map((entry) => entry.name);
}
