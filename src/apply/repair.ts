import type { CutShort } from '../core/build/swap.ts';
import { type Survey, survey } from '../core/facts.ts';
import { type BuildCoordinates, type Layout, resultFolder } from '../core/layout.ts';
import { type Damage, findDamage, outdatedIndexes, sourceless } from '../core/repair/damage.ts';
import { isMendable, mend } from '../core/repair/mend.ts';
import { messageOf } from '../errors.ts';
import { isSameModule } from '../policy/identity.ts';
import { policyFor } from '../policy/policies.ts';
import { everything } from '../policy/scope.ts';
import type { Action, Facts, ModuleId } from '../policy/types.ts';
import { confReader } from './conf-reader.ts';
import { placementBy } from './install-pair.ts';
import { readJournal } from './journal.ts';
import { lockTree } from './lock-tree.ts';
import type { Outcome } from './performing.ts';
import { type ReconcileOptions, reconcile } from './reconcile.ts';
import { listCutShort, recover } from './recover.ts';
import { noteForInitramfs, planMending, stepsFor } from './repair-plan.ts';

/** Something that is wrong, by what it is about. */
export type Finding =
  | Damage
  | ({ readonly kind: 'cut-short' } & CutShort)
  | { readonly kind: 'index-outdated'; readonly release: string }
  /** Somebody had asked for it by name. */
  | { readonly kind: 'request-unfinished'; readonly journal: string }
  /** Its modules are mended, but its index or its initramfs could not be made. */
  | { readonly kind: 'kernel-unfinished'; readonly release: string }
  | { readonly kind: 'source-missing'; readonly module: ModuleId; readonly why: string };

export interface Repaired {
  readonly finding: Finding;
  /** `left`: nothing that we could do mends it. */
  readonly state: 'mended' | 'left' | 'failed';
  readonly message?: string;
}

type RepairOptions = Omit<ReconcileOptions, 'events' | 'planFor' | 'saved'>;

/** What is wrong; changes nothing. */
export async function findFaults(options: RepairOptions): Promise<Finding[]> {
  const { layout } = options;
  const cutShort = await listCutShort(layout);
  const requests = await unfinishedRequests(layout);
  const found = await survey(confReader(options), everything);
  const returning = new Set(cutShort.map(({ place }) => place));
  const damages = await damageOf(options, found);
  return [
    ...cutShort.map((one) => ({ kind: 'cut-short' as const, ...one })),
    ...damages.filter(({ at }) => !returning.has(resultFolder(layout, at))),
    ...outdatedIndexes(found.facts.kernels).map(({ release }) => ({
      kind: 'index-outdated' as const,
      release,
    })),
    ...requests,
    ...missingSources(found.facts),
  ];
}

async function unfinishedRequests(layout: Layout): Promise<Finding[]> {
  const isThere = (await readJournal(layout)) !== undefined;
  return isThere ? [{ kind: 'request-unfinished', journal: layout.journal }] : [];
}

/** Whether repairing would do something about it, as far as can be told. */
export function isRepairable(finding: Finding): boolean {
  return finding.kind !== 'source-missing' && finding.kind !== 'build-damaged';
}

/**
 * Makes tree, manifests and /lib/modules agree. First what needs no plan, under the lock; then, as any run would, what is
 * installed or uninstalled anew, and the indexes of all kernels that were touched.
 * @throws KmodsmithError LOCK_BUSY.
 */
export async function repair(options: RepairOptions): Promise<Repaired[]> {
  const requests = await unfinishedRequests(options.layout);
  const { mended, damages, indexes } = await mendAlone(options);
  const planned = damages.filter((damage) => stepsFor(damage).length > 0);
  const touched = new Set([...mended, ...planned.map((finding) => ({ finding }))].flatMap(touchedRelease));
  const stale = new Set([...indexes, ...touched]);
  const outcomes =
    stale.size === 0 && planned.length === 0 && requests.length === 0
      ? []
      : (
          await reconcile({
            ...options,
            planFor: (facts) => planMending(planned, { ...options, facts, stale }),
          })
        ).outcomes;
  return [
    ...mended,
    ...(await Promise.all(requests.map((finding) => resultOfRequest(options.layout, finding)))),
    ...planned.map((finding) => resultOf(finding, outcomes)),
    ...indexes.map((release) => resultOfIndex(release, outcomes)),
    ...outcomes.flatMap((outcome) => unfinished(outcome, indexes)),
  ];
}

interface Alone {
  readonly mended: readonly Repaired[];
  /** What takes a plan. */
  readonly damages: readonly Damage[];
  /** Releases of kernels. */
  readonly indexes: readonly string[];
}

async function mendAlone(options: RepairOptions): Promise<Alone> {
  const { layout, framework, onWait } = options;
  await using _lock = await lockTree({ layout, ...(onWait && { onWait }) });
  const cutShort = await listCutShort(layout);
  await recover(layout);
  const found = await survey(confReader(options), everything);
  const damages = await damageOf(options, found);
  const mended: Repaired[] = cutShort.map((one) => ({
    finding: { kind: 'cut-short', ...one },
    state: 'mended',
  }));
  for (const finding of damages.filter(isMendable)) {
    const mending = { layout, survey: found, placement: placementFor(options, found, finding.at.module) };
    const symlink = framework.symlinkModules === true;
    const mendOne = async () => {
      await noteForInitramfs(finding, { ...options, facts: found.facts });
      await mend(finding, { ...mending, symlink });
    };
    mended.push(await attempt(finding, mendOne));
  }
  const left = [...damages.filter(({ kind }) => kind === 'build-damaged'), ...missingSources(found.facts)];
  const indexes = outdatedIndexes(found.facts.kernels).map(({ release }) => release);
  return {
    mended: [...mended, ...left.map((finding): Repaired => ({ finding, state: 'left' }))],
    damages: damages.filter((damage) => !isMendable(damage)),
    indexes,
  };
}

async function attempt(finding: Finding, action: () => Promise<void>): Promise<Repaired> {
  try {
    await action();
    return { finding, state: 'mended' };
  } catch (error) {
    return { finding, state: 'failed', message: messageOf(error) };
  }
}

async function damageOf(options: RepairOptions, found: Survey): Promise<Damage[]> {
  const placement = placementFor(options, found, undefined);
  return findDamage({ layout: options.layout, survey: found, placement });
}

function placementFor({ policies }: RepairOptions, { distribution }: Survey, module: ModuleId | undefined) {
  const policy = module === undefined ? policies.base : policyFor(policies, module);
  return placementBy(policy, distribution);
}

function missingSources(facts: Facts) {
  return sourceless(facts.modules).map(({ name, version, problem }) => {
    return { kind: 'source-missing' as const, module: { name, version }, why: problem?.message ?? '' };
  });
}

function touchedRelease({ finding }: { finding: Finding }): string[] {
  if (!('at' in finding) || finding.kind === 'manifest-missing' || finding.kind === 'build-damaged')
    return [];
  return finding.kind === 'link-lost' ? [] : [finding.at.release];
}

function resultOf(finding: Damage, outcomes: readonly Outcome[]): Repaired {
  const own = outcomes.filter(({ action }) => isAbout(action, finding.at));
  const failed = own.find(({ state }) => state !== 'done');
  if (failed === undefined) return { finding, state: 'mended' };
  return { finding, state: 'failed', ...(failed.error && { message: failed.error.message }) };
}

function isAbout(action: Action, { module, release }: BuildCoordinates): boolean {
  return (
    'module' in action &&
    'kernel' in action &&
    action.kernel.release === release &&
    isSameModule(action.module, module)
  );
}

/** The run ends it before anything else. */
async function resultOfRequest(layout: Layout, finding: Finding): Promise<Repaired> {
  return { finding, state: (await readJournal(layout)) === undefined ? 'mended' : 'failed' };
}

function resultOfIndex(release: string, outcomes: readonly Outcome[]): Repaired {
  const finding = { kind: 'index-outdated', release } as const;
  const own = outcomes.find(({ action }) => action.do === 'depmod' && action.kernel.release === release);
  if (own?.state === 'done') return { finding, state: 'mended' };
  return { finding, state: 'failed', ...(own?.error && { message: own.error.message }) };
}

function unfinished({ action, state, error }: Outcome, indexes: readonly string[]): Repaired[] {
  const isOfKernel = action.do === 'depmod' || action.do === 'initramfs';
  if (!isOfKernel || state === 'done') return [];
  const { release } = action.kernel;
  // That has been told.
  if (action.do === 'depmod' && indexes.includes(release)) return [];
  const finding = { kind: 'kernel-unfinished', release } as const;
  return [{ finding, state: 'failed', ...(error && { message: error.message }) }];
}
