import { changesOf, type InstalledVersions } from './dependencies.ts';
import { orderByDependencies } from './dependency-order.ts';
import type { Policy } from './knobs.ts';
import type { MissingDependency, SkipReason } from './reasons.ts';
import { type Case, doing, type Rule, type Successor, type Verdict, type VersionCase } from './rule.ts';
import { headersRemoved } from './rules/headers-removed.ts';
import { kernelRemoved } from './rules/kernel-removed.ts';
import { moduleRemoved } from './rules/module-removed.ts';
import { newBuild } from './rules/new-build.ts';
import { obstacle } from './rules/obstacle.ts';
import { refresh } from './rules/refresh.ts';
import { superseded } from './rules/superseded.ts';
import type { Slot } from './slots.ts';
import type { PairFacts } from './types.ts';
import { hasLostSource } from './versions.ts';

/** In this order; the first verdict counts. Removal comes first: it must work whatever else is wrong. */
const rules: readonly Rule[] = [
  moduleRemoved,
  kernelRemoved,
  headersRemoved,
  superseded,
  obstacle,
  refresh,
  newBuild,
];

export interface Judged {
  readonly found: Case;
  readonly verdict: Verdict;
  /** How many modules, each of which waits for the one before, this plan builds or installs before this one. */
  readonly rank: number;
}

/** What is there before anything is judged. */
export interface Outset {
  /** What the kernel has installed now. */
  readonly present: InstalledVersions;
  /** Names of the modules that are registered and stay so. */
  readonly registered: ReadonlySet<string>;
}

/** The verdicts about all modules for one kernel; each one is judged when what it depends on has been. */
export function judgeKernel(slots: ReadonlyMap<string, Slot>, outset: Outset): Judged[] {
  const { names, cycles } = orderByDependencies(
    new Map([...slots].map(([name, { depends }]) => [name, depends])),
  );
  const judging: Judging = { ...outset, planned: new Map(outset.present), judged: new Map(), cycles };
  for (const name of names) {
    const slot = slots.get(name);
    if (slot === undefined) continue;
    const rank = slot.depends.reduce(
      (most, other) => Math.max(most, rankAfter(judging.judged.get(other))),
      0,
    );
    const judged = judgeVersions(slot, { judging, rank });
    judging.judged.set(name, judged);
    noteInstalled(name, judged, judging.planned);
  }
  return [...judging.judged.values()].flat();
}

/** The version that counts comes first: what becomes of those that it follows depends on it. */
function judgeVersions(slot: Slot, around: Omit<Heirs, 'slot'>): Judged[] {
  const { current, versions } = slot;
  const { judging, rank } = around;
  const first = current && judgeOne(current, { slot, judging, rank, predecessor: predecessorOf(slot) });
  if (first !== undefined && versions.length === 1) return [first];
  const others = versions.filter((version) => version !== current);
  const successor = first && successorState(first);
  const judged = others.map((one) => judgeOne(one, { slot, judging, rank, successor }));
  return first === undefined ? judged : [first, ...judged];
}

interface Heirs {
  readonly slot: Slot;
  readonly judging: Judging;
  readonly rank: number;
  readonly predecessor?: VersionCase | undefined;
  readonly successor?: Successor | undefined;
}

function judgeOne(version: VersionCase, { slot, judging, rank, predecessor, successor }: Heirs): Judged {
  const bare = toCase(version, { slot, judging });
  const follows = predecessor === undefined ? bare : { ...bare, predecessor };
  const isFollowed = successor !== undefined && hasLostSource(version.module);
  const found: Case = isFollowed ? { ...follows, successor } : follows;
  return { found, verdict: judge(found), rank };
}

/** The installed version without source that the one that counts is to follow. */
function predecessorOf({ current, versions }: Slot): VersionCase | undefined {
  if (current === undefined || hasLostSource(current.module) || !current.module.registered) return undefined;
  return versions.find(({ module, pair: { build } }) => {
    return hasLostSource(module) && (build?.installed === true || build?.remains === true);
  });
}

/** Nothing follows when the version that counts lacks its source, too. */
function successorState({ found, verdict }: Judged): Successor | undefined {
  const { module, pair } = found;
  const steps = doing(verdict);
  if (hasLostSource(module) || !module.registered) return undefined;
  const { version } = module;
  if (steps.includes('uninstall')) return { version, state: 'hindered' };
  if (steps.includes('install') || pair.build?.installed === true) return { version, state: 'installed' };
  const isUnwanted = 'skip' in verdict && unwanted.includes(verdict.skip.code);
  return { version, state: isUnwanted ? 'unwanted' : 'hindered' };
}

const unwanted: readonly SkipReason['code'][] = ['autoinstall-off', 'held-back'];

interface Judging extends Outset {
  readonly planned: Map<string, string>;
  readonly judged: Map<string, readonly Judged[]>;
  readonly cycles: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
}

function judge(found: Case): Verdict {
  for (const rule of rules) {
    const verdict = rule(found);
    if (verdict !== undefined) return verdict;
  }
  return { skip: { code: 'up-to-date' } };
}

/** Field by field: there are thousands of cases, and spreading objects takes most of the time. */
function toCase(
  { pair, module, policy }: VersionCase,
  { slot, judging }: Pick<Heirs, 'slot' | 'judging'>,
): Case {
  const { kernel, machine, isElsewhere, current, events } = slot;
  const { dependencies, missing, changes } =
    pair.depends === undefined ? independent(pair) : dependent(pair, { judging, policy });
  return {
    pair,
    module,
    policy,
    kernel,
    machine,
    isElsewhere,
    current,
    events,
    dependencies,
    missing,
    changes,
  };
}

type Dependencies = Pick<Case, 'dependencies' | 'missing' | 'changes'>;

function independent({ build }: PairFacts): Dependencies {
  return build === undefined ? nothing : { ...nothing, changes: build.changes };
}

const nothing: Dependencies = { dependencies: {}, missing: [], changes: [] };

function dependent(pair: PairFacts, { judging, policy }: Depending): Dependencies {
  const { planned, present } = judging;
  const cycles = judging.cycles.get(pair.module.name) ?? noCycles;
  // Modules of a cycle cannot be built one after the other, whatever has become of their versions.
  const depends = (pair.depends ?? []).filter((name) => !cycles.has(name));
  const isFree = policy.force.includes('ignore-dependencies');
  const lacking = depends.filter((name) => !planned.has(name));
  return {
    dependencies: Object.fromEntries(depends.flatMap((name) => entryOf(planned, name))),
    missing: [
      ...[...cycles].map(([name, cycle]) => ({ name, why: 'cycle', cycle }) as const),
      ...lacking.map((name) => ({ name, why: whyMissing(name, judging) })),
    ],
    changes: changesOf({ ...pair, depends }, { present, planned }).filter(
      ({ kind, change }) => !(isFree && kind === 'dependency' && change === 'removed'),
    ),
  };
}

interface Depending {
  readonly judging: Judging;
  readonly policy: Policy;
}

const noCycles: ReadonlyMap<string, readonly string[]> = new Map();

function entryOf(versions: InstalledVersions, name: string): [string, string][] {
  const version = versions.get(name);
  return version === undefined ? [] : [[name, version]];
}

function whyMissing(
  name: string,
  { judged, registered }: Judging,
): Exclude<MissingDependency['why'], 'cycle'> {
  if (!registered.has(name)) return 'unregistered';
  const codes = (judged.get(name) ?? []).map(({ verdict }) => 'skip' in verdict && verdict.skip.code);
  if (codes.includes('failed-before')) return 'failed';
  return codes.includes('excluded') ? 'excluded' : 'not-installed';
}

/** The version that the plan leaves installed. */
function noteInstalled(name: string, judged: readonly Judged[], planned: Map<string, string>): void {
  for (const { found, verdict } of judged) {
    const { module, build } = found.pair;
    if (build?.installed === true && doing(verdict).includes('uninstall')) planned.delete(name);
    if (doing(verdict).includes('install')) {
      planned.set(name, module.version);
      return;
    }
  }
}

function rankAfter(judged: readonly Judged[] = []): number {
  const acts = judged.some(({ verdict }) => doing(verdict).includes('install'));
  return (judged[0]?.rank ?? 0) + (acts ? 1 : 0);
}
