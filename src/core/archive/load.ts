import { dirname, join } from 'node:path';
import { KmodsmithError } from '../../errors.ts';
import { isSameModule } from '../../policy/identity.ts';
import type { ModuleId } from '../../policy/types.ts';
import { runChecked } from '../../system/exec.ts';
import { exists, kindOf, listFolder, makeFolder, removeTree } from '../../system/files.ts';
import { stagingName, swapIntoPlace } from '../build/swap.ts';
import { type BuildCoordinates, type Layout, resultFolder } from '../layout.ts';
import { type Provenance, readProvenance } from '../provenance/provenance.ts';
import {
  keptSource,
  linkSource,
  type PresentSource,
  placeSource,
  requireVacancy,
  sourcePath,
} from '../source.ts';
import { sourceFolder } from '../tree.ts';
import type { ArchivedBuild, OpenedArchive } from './read.ts';

export interface LoadingArchive {
  readonly layout: Layout;
  readonly archive: OpenedArchive;
  /** Whether it may replace what is registered, its source and its builds. */
  readonly force: boolean;
  /** Only find out what would be done. */
  readonly dryRun?: boolean;
  /**
   * Whose dkms.conf a folder holds; runs it, so it may do what whoever wrote it likes.
   * @throws KmodsmithError CONF_*.
   */
  identify(folder: string): Promise<ModuleId>;
}

/** What was loaded, or would be. */
export interface LoadedArchive {
  readonly module: ModuleId;
  readonly kind: OpenedArchive['kind'];
  readonly source: LoadedSource;
  readonly builds: readonly LoadedBuild[];
  /** Whether the module was registered before; if not, that is left to the caller. */
  readonly registered: boolean;
}

interface LoadedSource {
  readonly path: string;
  /** `present`: what was there serves for builds without a source; `kept`: replaced, and what was there is at `earlier`. */
  readonly state: 'copied' | 'same' | 'replaced' | 'kept' | 'present';
  readonly earlier?: string;
}

interface LoadedBuild {
  readonly release: string;
  readonly arch: string;
  readonly folder: string;
  readonly state: 'loaded' | 'replaced' | 'skipped';
}

/**
 * Places what an archive holds, its source in /usr/src and its builds in the tree, each complete or not at all; builds that are
 * there stay unless `force`. The caller holds the tree's lock, and registers the module if it was not.
 * @throws KmodsmithError ARCHIVE_KNOWN, MODULE_KNOWN, MODULE_MISMATCH, CONF_*, COMMAND_FAILED, WRITE_FAILED.
 */
export async function loadArchive(loading: LoadingArchive): Promise<LoadedArchive> {
  const { layout, archive, dryRun = false } = loading;
  const module = await loading.identify(archive.source);
  const registered = (await kindOf(await sourceFolder(layout, module))) === 'folder';
  if (registered && !loading.force) throw known(archive, module);
  const source = await loadSource(loading, module);
  const builds: LoadedBuild[] = [];
  for (const build of archive.builds) builds.push(await loadBuild(loading, module, build));
  // A folder that dkms has put in place of the link becomes one.
  if (registered && !dryRun) await linkSource(layout, module);
  return { module, kind: archive.kind, source, builds, registered };
}

async function loadSource(
  { layout, archive, force, dryRun, identify }: LoadingArchive,
  module: ModuleId,
): Promise<LoadedSource> {
  const path = sourcePath(layout, module);
  if (archive.kind === 'binaries' && (await listFolder(path)).length > 1) {
    const present = await identify(path);
    if (!isSameModule(present, module)) throw mismatch(path, present, module);
    return { path, state: 'present' };
  }
  // What nobody has registered may be there from an earlier load, but nobody knows.
  const replace = force || (archive.kind === 'source' ? false : 'keeping');
  const placing = { folder: archive.source, module, replace } as const;
  const found = await (dryRun ? requireVacancy(layout, placing) : placeSource(layout, placing));
  if (found === 'other' && !force) return { path, state: 'kept', earlier: keptSource(layout, module) };
  return { path, state: stateAfter[found] };
}

const stateAfter = { missing: 'copied', same: 'same', other: 'replaced' } as const satisfies Record<
  PresentSource,
  LoadedSource['state']
>;

async function loadBuild(
  { layout, archive, force, dryRun }: LoadingArchive,
  module: ModuleId,
  { release, arch, folder }: ArchivedBuild,
): Promise<LoadedBuild> {
  const at = { module, release, arch };
  const result = resultFolder(layout, at);
  const isThere = await exists(result);
  const state = isThere ? (force ? 'replaced' : 'skipped') : 'loaded';
  if (state === 'skipped' || dryRun) return { release, arch, folder: result, state };
  const staging = join(dirname(result), stagingName(arch));
  try {
    await makeFolder(dirname(result));
    await runChecked(['cp', '-a', '--reflink=auto', folder, staging]);
    await dropForeignRecords(staging, at, archive);
    await swapIntoPlace(staging, result);
  } finally {
    await removeTree(staging);
  }
  return { release, arch, folder: result, state };
}

/**
 * What was installed on another machine is not installed here. Provenance serves only where the source that it speaks of
 * comes along, and only for the very build.
 */
async function dropForeignRecords(
  staging: string,
  { module, release, arch }: BuildCoordinates,
  { kind }: OpenedArchive,
): Promise<void> {
  await removeTree(join(staging, 'manifest.json'));
  const provenance: Partial<Provenance> = (await readProvenance(join(staging, 'provenance.json'))) ?? {};
  const isOwn =
    kind === 'whole' &&
    provenance.module?.name === module.name &&
    provenance.module.version === module.version &&
    provenance.kernel?.release === release &&
    provenance.kernel.arch === arch;
  if (!isOwn) await removeTree(join(staging, 'provenance.json'));
}

function known({ kind, file }: OpenedArchive, { name, version }: ModuleId): KmodsmithError {
  const code = kind === 'source' ? 'MODULE_KNOWN' : 'ARCHIVE_KNOWN';
  return new KmodsmithError(code, `${file} is not loaded: ${name}/${version} is registered already`, {
    hint: '--force replaces its source and its builds.',
  });
}

function mismatch(path: string, present: ModuleId, { name, version }: ModuleId): KmodsmithError {
  return new KmodsmithError(
    'MODULE_MISMATCH',
    `${path} is there, but its dkms.conf is for ${present.name}/${present.version}, not ${name}/${version}`,
    { hint: `Delete ${path} or mend its dkms.conf, then load the archive again.` },
  );
}
