import { basename, dirname, join } from 'node:path';
import type { Distribution } from '../distros/index.ts';
import { KmodsmithError } from '../errors.ts';
import {
  copyAtomically,
  existsAsEntry,
  linkAtomically,
  pruneEmptyFolders,
  readBytes,
  removeTree,
} from '../system/files.ts';
import { filesIn, sha256 } from '../system/fingerprint.ts';
import { insideRoot } from '../system/root.ts';
import { moduleSuffixes } from './compress.ts';
import type { KernelObject } from './kernel-objects.ts';
import {
  activeLink,
  type BuildCoordinates,
  type Layout,
  manifestFile,
  modulesFolder,
  provenanceFile,
  resultFolder,
} from './layout.ts';
import { type InstalledFile, readManifest, writeManifest } from './manifest.ts';
import { readProvenance } from './provenance.ts';
import { installedVersion } from './tree.ts';

export interface InstallRequest {
  readonly layout: Layout;
  readonly at: BuildCoordinates;
  readonly objects: readonly KernelObject[];
  readonly distribution: Distribution;
}

/**
 * Copies a build's modules below /lib/modules/<release>, each at one instant, then drops what the earlier install of
 * this module had and this one has not. The kernel's own files are never touched: depmod prefers updates/.
 * @throws KmodsmithError INSTALL_FAILED, WRITE_FAILED.
 */
export async function installModule(request: InstallRequest): Promise<void> {
  const { layout, at } = request;
  const version = (await installedVersion(layout, at)) ?? at.module.version;
  const earlier = { ...at, module: { ...at.module, version } };
  const earlierFiles = (await readManifest(layout, earlier))?.files ?? [];
  const files: InstalledFile[] = [];
  for (const object of request.objects) files.push(await installObject(request, object));
  const build = (await readProvenance(provenanceFile(layout, at)))?.startedAt ?? 0;
  await writeManifest(layout, at, { version: 1, build, files });
  await linkAtomically(join(at.module.version, at.release, at.arch), activeLink(layout, at));
  const present = new Set(files.map((file) => file.path));
  for (const { path } of earlierFiles) {
    if (present.has(path)) continue;
    await removeTree(join(layout.root, path));
    await pruneEmptyFolders(dirname(join(layout.root, path)), modulesFolder(layout, at.release));
  }
  if (version !== at.module.version) await removeTree(manifestFile(layout, earlier));
}

async function installObject(
  { layout, at, distribution }: InstallRequest,
  object: KernelObject,
): Promise<InstalledFile> {
  const source = builtFile(resultFolder(layout, at), object.name);
  if (source === undefined) {
    throw new KmodsmithError(
      'INSTALL_FAILED',
      `${at.module.name} ${at.module.version} for ${at.release}: the build holds no ${object.name}.ko`,
      {
        hint: `Build it again: kmodsmith install ${at.module.name}/${at.module.version} -k ${at.release} --rebuild`,
      },
    );
  }
  const folder = join(modulesFolder(layout, at.release), moduleFolderOf(distribution, object));
  const target = join(folder, basename(source));
  await copyAtomically(source, target);
  await removeTwins(target, object.name);
  const bytes = await readBytes(target);
  return { path: insideRoot(layout.root, target), size: bytes.length, sha256: sha256(bytes) };
}

/** A module that asks for a place among the kernel's own would overwrite one of them; from updates/ it wins as well. */
function moduleFolderOf({ moduleFolder }: Distribution, { destination }: KernelObject): string {
  return moduleFolder ?? (destination.startsWith('/kernel') ? 'updates' : destination);
}

/** The built file of an object, however it is compressed. */
function builtFile(result: string, name: string): string | undefined {
  const names = new Set(filesIn(join(result, 'module')));
  const suffix = moduleSuffixes.find((ending) => names.has(`${name}${ending}`));
  return suffix === undefined ? undefined : join(result, 'module', `${name}${suffix}`);
}

/** The same module with another compression beside ours would be a second module of that name for depmod. */
async function removeTwins(target: string, name: string): Promise<void> {
  for (const suffix of moduleSuffixes) {
    const twin = join(dirname(target), `${name}${suffix}`);
    if (twin !== target && (await existsAsEntry(twin))) await removeTree(twin);
  }
}
