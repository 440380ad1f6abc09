import { dirname, join } from 'node:path';
import { survey } from '../core/facts.ts';
import { readManifest } from '../core/install/manifest.ts';
import { type BuildCoordinates, type Layout, resultFolder } from '../core/layout.ts';
import { type Leftover, listLeftovers } from '../core/repair/leftovers.ts';
import { listBuilds, listModules } from '../core/tree.ts';
import { messageOf } from '../errors.ts';
import { goneKernels } from '../policy/gone.ts';
import { everything } from '../policy/scope.ts';
import type { Action, Facts, Plan } from '../policy/types.ts';
import { diskUsage } from '../system/disk-usage.ts';
import { existsAsEntry, pruneEmptyFolders, removeTree } from '../system/files.ts';
import { confReader } from './conf-reader.ts';
import { lockTree } from './lock-tree.ts';
import { listQueueRubbish } from './queue.ts';
import { type ReconcileOptions, reconcile } from './reconcile.ts';
import { listCutShort, recover } from './recover.ts';

/** Something that goes, or went. */
export interface Rubbish extends Leftover {
  /** Of the disk, as far as nothing else needs them. */
  readonly bytes: number;
  readonly build?: BuildCoordinates;
}

export interface Cleaning {
  readonly removed: readonly Rubbish[];
  readonly failed: readonly { readonly path: string; readonly message: string }[];
}

type GcOptions = Omit<ReconcileOptions, 'events' | 'planFor' | 'saved'>;

/** What `collectGarbage` would remove now; changes nothing. */
export async function findGarbage(options: GcOptions): Promise<Rubbish[]> {
  const { layout } = options;
  const { facts } = await survey(confReader(options), everything);
  const builds = await listGoneBuilds(layout, facts);
  const found = [...builds, ...(await listOthers(layout, facts))];
  const paths = new Set(found.map(({ path }) => path));
  return found.filter(({ path }) => !isBelow(path, paths));
}

/**
 * Removes builds of kernels that are gone, with what is installed of them, and whatever nobody will ask for again. First
 * the builds, as any run removes them: what they leave behind is looked for afterwards.
 * @throws KmodsmithError LOCK_BUSY.
 */
export async function collectGarbage(options: GcOptions): Promise<Cleaning> {
  const { layout } = options;
  const found = await findGarbage(options);
  if (found.some(({ build }) => build !== undefined)) {
    const builds = await listGoneBuilds(layout, (await survey(confReader(options), everything)).facts);
    await reconcile({ ...options, planFor: (facts) => planRemoval(facts, builds) });
  }
  const failed = await sweep(options);
  const still = await Promise.all(found.map(({ path }) => existsAsEntry(path)));
  const left = found.filter((_, index) => still[index]);
  return {
    removed: found.filter((_, index) => !still[index]),
    failed: left.map(({ path }) => ({ path, message: failed.get(path) ?? 'it is still there' })),
  };
}

function isBelow(path: string, folders: ReadonlySet<string>): boolean {
  for (let folder = dirname(path); folder !== '/'; folder = dirname(folder))
    if (folders.has(folder)) return true;
  return false;
}

async function sweep(options: GcOptions): Promise<ReadonlyMap<string, string>> {
  const { layout, onWait } = options;
  await using _lock = await lockTree({ layout, ...(onWait && { onWait }) });
  const { facts } = await survey(confReader(options), everything);
  const found = await listOthers(layout, facts);
  await recover(layout);
  const failed = new Map<string, string>();
  for (const { path } of found) {
    try {
      await removeTree(path);
      await pruneEmptyFolders(dirname(path), topOf(layout, path));
    } catch (error) {
      failed.set(path, messageOf(error));
    }
  }
  return failed;
}

/** The folder that stays, however empty it is. */
function topOf(layout: Layout, path: string): string {
  const tops = [layout.failures, layout.logs, layout.weak, layout.dkmsTree];
  return tops.find((top) => path.startsWith(`${top}/`)) ?? dirname(path);
}

async function listOthers(layout: Layout, facts: Facts): Promise<Rubbish[]> {
  const isGone = goneKernels(facts.kernels);
  const cutShort = (await listCutShort(layout)).filter(({ place }) => place === undefined);
  const leftovers: Leftover[] = [
    ...cutShort.map(({ path }) => ({ kind: 'unfinished' as const, path })),
    ...(await listLeftovers({ layout, facts, isGone })),
    ...(await listQueueRubbish(layout)).map((path) => ({ kind: 'queue' as const, path })),
  ];
  const paths = new Set<string>();
  return leftovers.flatMap((one) => {
    if (paths.has(one.path)) return [];
    paths.add(one.path);
    return [{ ...one, bytes: diskUsage(one.path) }];
  });
}

/** Whatever machine they are for: of a kernel that is gone no part is there. */
async function listGoneBuilds(layout: Layout, facts: Facts): Promise<Rubbish[]> {
  const isGone = goneKernels(facts.kernels);
  const found: Rubbish[] = [];
  for (const module of await listModules(layout)) {
    for (const at of await listBuilds(layout, module)) {
      if (!isGone(at.release)) continue;
      const path = resultFolder(layout, at);
      const files = (await readManifest(layout, at))?.files.map((file) => join(layout.root, file.path));
      const bytes = [path, ...new Set(files)].reduce((sum, one) => sum + diskUsage(one), 0);
      found.push({ kind: 'build', path, bytes, build: at });
    }
  }
  return found;
}

function planRemoval({ kernels }: Facts, builds: readonly Rubbish[]): Plan {
  const isGone = goneKernels(kernels);
  const because = { code: 'kernel-removed' } as const;
  const actions = builds.flatMap(({ build }): Action[] => {
    if (build === undefined || !isGone(build.release)) return [];
    const { module, release, arch } = build;
    const kernel = { release, arch };
    return [
      { do: 'uninstall', module, kernel, because },
      { do: 'unbuild', module, kernel, because },
    ];
  });
  return { version: 1, actions, skipped: [] };
}
