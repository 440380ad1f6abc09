import { dirname, join, relative } from 'node:path';
import { moduleKey } from '../../policy/identity.ts';
import type { Facts } from '../../policy/types.ts';
import { now } from '../../system/clock.ts';
import { exists, isTemporary, listFolder, modificationTime, readTextIfPresent } from '../../system/files.ts';
import { filesBelow } from '../../system/fingerprint.ts';
import { coordinatesOf, listLogFolders, listSurplus } from '../build/attempts.ts';
import { keptAttempts } from '../build/begin-attempt.ts';
import { listFailures, rememberedLog } from '../build/failures.ts';
import { keptIndex } from '../install/depmod.ts';
import { archiveFolder, type BuildCoordinates, failureFolder, type Layout, resultFolder } from '../layout.ts';
import { isArch, listBuiltReleases, listModules } from '../tree.ts';
import { listVoidProofs } from '../weak-links/proof.ts';

/** What nobody needs any more, besides builds: one of ours, or what belongs to a kernel that is gone. */
export interface Leftover {
  readonly kind:
    | 'unfinished'
    | 'build'
    | 'archive'
    | 'link'
    | 'temporary'
    | 'note'
    | 'failure'
    | 'log'
    | 'queue';
  /** Host path. */
  readonly path: string;
}

export interface Around {
  readonly layout: Layout;
  readonly facts: Facts;
  /** Whether nothing of a kernel is left. */
  readonly isGone: (release: string) => boolean;
}

/** Whoever holds the tree's lock may remove all of them. */
export async function listLeftovers(around: Around): Promise<Leftover[]> {
  return [
    ...(await listOfGoneKernels(around)),
    ...(await listTemporaries(around.layout)),
    ...(await listNotes(around)),
    ...(await listOldFailures(around)),
    ...(await listOldLogs(around)),
  ];
}

/** Results without modules, archived originals and links, of kernels that are gone. Builds go by a plan. */
async function listOfGoneKernels({ layout, isGone }: Around): Promise<Leftover[]> {
  const found: Leftover[] = [];
  const modules = await listModules(layout);
  for (const module of modules) {
    for (const release of (await listBuiltReleases(layout, module)).filter(isGone)) {
      const folder = dirname(resultFolder(layout, { module, release, arch: 'any' }));
      for (const { name } of (await listFolder(folder)).filter((entry) => isArch(entry.name))) {
        const path = join(folder, name);
        if (!(await exists(join(path, 'module')))) found.push({ kind: 'build', path });
      }
    }
  }
  for (const { name } of (await listFolder(layout.installTree)).filter((entry) => isGone(entry.name))) {
    const path = join(layout.installTree, name, keptIndex);
    if (await exists(path)) found.push({ kind: 'temporary', path });
  }
  for (const name of new Set(modules.map((module) => module.name))) {
    const top = join(layout.dkmsTree, name);
    const at = { module: { name, version: '' }, release: 'any', arch: 'any' };
    const archives = await listFolder(dirname(dirname(archiveFolder(layout, at))));
    const gone = archives.filter((entry) => entry.isDirectory() && isGone(entry.name));
    found.push(
      ...gone.map((entry) => ({ kind: 'archive' as const, path: join(entry.parentPath, entry.name) })),
    );
    for (const entry of await listFolder(top)) {
      const release = /^kernel-(.+)-[^-]+$/.exec(entry.name)?.[1];
      const path = join(top, entry.name);
      const isOfGone = entry.isSymbolicLink() && release !== undefined && isGone(release);
      if (isOfGone && !(await exists(path))) found.push({ kind: 'link', path });
    }
  }
  return found;
}

/** In ms: a writer that needs no lock, one that makes a key or records a call, is done by then. */
const abandonedAfter = 3_600_000;

/** Where writes go that the lock protects; the key's own folder is the tree. */
async function listTemporaries(layout: Layout): Promise<Leftover[]> {
  const folders = [layout.dkmsTree, dirname(layout.lock), layout.installTree];
  const paths = folders.flatMap((folder) =>
    filesBelow(folder, isTemporary)
      .filter((name) => !/(^|\/)build\//.test(name))
      .map((name) => join(folder, name)),
  );
  const folderless = await listFolder(layout.dkmsTree);
  const secret = folderless.filter(({ name }) => name.startsWith('.kmodsmith-private-'));
  const found = new Set([...paths, ...secret.map(({ name }) => join(layout.dkmsTree, name))]);
  const ages = await Promise.all([...found].map(modificationTime));
  const isUnlocked = (path: string) =>
    [layout.dkmsTree, layout.queue, layout.settled].includes(dirname(path));
  return [...found]
    .filter((path, index) => !isUnlocked(path) || (ages[index] ?? 0) < now() - abandonedAfter)
    .map((path) => ({ kind: 'temporary', path }));
}

/** In ms: no package operation takes that long. */
const operation = 86_400_000;

/** Notes that a package's operation leaves for its own end, and proofs about links that are gone. */
async function listNotes({ layout, isGone }: Around): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const folder of [layout.rpmNotes, layout.removed]) {
    for (const { name } of await listFolder(folder)) {
      const path = join(folder, name);
      const isOld = (await modificationTime(path)) < now() - operation;
      const releases = folder === layout.removed ? await readLines(path) : [];
      const isVoid = releases.length > 0 && releases.every(isGone);
      if (isOld || isVoid) found.push({ kind: 'note', path });
    }
  }
  const proofs = await listVoidProofs(layout);
  return [...found, ...proofs.map((path) => ({ kind: 'note' as const, path }))];
}

async function readLines(path: string): Promise<string[]> {
  const text = (await readTextIfPresent(path).catch(() => undefined)) ?? '';
  return text.split('\n').filter((line) => line !== '');
}

/** So many failures that do not count any more are kept for whoever wants to look at their logs. */
const keptFailures = 10;

/** A failure that still counts keeps its pair from being tried again and again: it stays. */
async function listOldFailures({ layout, facts, isGone }: Around): Promise<Leftover[]> {
  const known = new Set((await listModules(layout)).map(moduleKey));
  const counting = new Set(
    facts.pairs
      .filter(({ failure }) => failure !== undefined)
      .map(({ module, kernel }) => dirname(failureFolder(layout, coordinates(module, kernel)))),
  );
  const past: { path: string; age: number }[] = [];
  const found: Leftover[] = [];
  for (const path of listFailures(layout)) {
    const [name, version, release = ''] = relative(layout.failures, path).split('/');
    if (isGone(release) || !known.has(`${name}/${version}`)) found.push({ kind: 'failure', path });
    else if (!counting.has(dirname(path)))
      past.push({ path, age: await modificationTime(join(path, 'failure.json')) });
  }
  const old = past.sort((a, b) => b.age - a.age).slice(keptFailures);
  return [...found, ...old.map(({ path }) => ({ kind: 'failure' as const, path }))];
}

/** Of kernels that are gone and of modules that nobody knows any more; of others all but the last ones. */
async function listOldLogs({ layout, isGone }: Around): Promise<Leftover[]> {
  const known = new Set((await listModules(layout)).map(moduleKey));
  const found: string[] = [];
  for (const folder of listLogFolders(layout)) {
    const at = coordinatesOf(layout, folder);
    if (at === undefined) continue;
    if (isGone(at.release) || !known.has(moduleKey(at.module))) found.push(folder);
    else found.push(...listSurplus(folder, keptAttempts, await rememberedLog(layout, at)));
  }
  return found.map((path) => ({ kind: 'log', path }));
}

function coordinates(module: BuildCoordinates['module'], release: string): BuildCoordinates {
  return { module, release, arch: 'any' };
}
