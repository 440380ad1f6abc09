import { compareVersionKeys } from '../formats/version-key.ts';
import { isSameModule } from './identity.ts';
import type { Policy } from './knobs.ts';
import { type Case, isModuleRemoved, type Rule, type Verdict, type VersionCase } from './rule.ts';
import { kernelRemoved } from './rules/kernel-removed.ts';
import { moduleRemoved } from './rules/module-removed.ts';
import { newBuild } from './rules/new-build.ts';
import { obstacle } from './rules/obstacle.ts';
import { refresh } from './rules/refresh.ts';
import { everything, inScope, type Scope, scopeOf } from './scope.ts';
import type { Action, Facts, KernelFacts, PackageEvent, PairFacts, Plan, Skipped } from './types.ts';

/** In this order; the first verdict counts. Removal comes first: it must work whatever else is wrong. */
const rules: readonly Rule[] = [moduleRemoved, kernelRemoved, obstacle, refresh, newBuild];

/**
 * What the events make necessary, given what is on disk. Pure and total: no clock, no environment, no disk, no throw.
 * Without events it looks at everything. Deciding again after the plan was carried out gives an empty plan.
 */
export function decide(events: readonly PackageEvent[], facts: Facts, policy: Policy): Plan {
  const scope = events.length === 0 ? everything : scopeOf(events);
  const hasKernels = facts.kernels.some(({ image }) => image === 'present');
  const cases = facts.pairs.flatMap((pair) => toCase(pair, { events, facts, policy, scope, hasKernels }));
  const verdicts = cases.map((found) => ({ found, verdict: judge(found) }));
  const actions = verdicts.flatMap(({ found, verdict }) => toActions(found, verdict));
  const isConcerned = (kernel: KernelFacts) => cases.some((found) => found.kernel === kernel);
  return {
    version: 1,
    actions: order([
      ...actions,
      ...deregistrations(facts, events),
      ...indexings(facts.kernels.filter(isConcerned), actions),
    ]),
    skipped: verdicts.flatMap(({ found, verdict }) => toSkipped(found, verdict)),
  };
}

interface Deciding {
  readonly events: readonly PackageEvent[];
  readonly facts: Facts;
  readonly policy: Policy;
  readonly scope: Scope;
  readonly hasKernels: boolean;
}

function toCase(pair: PairFacts, { events, facts, policy, scope, hasKernels }: Deciding): Case[] {
  const kernel = facts.kernels.find(({ release }) => release === pair.kernel);
  const module = facts.modules.find((candidate) => isSameModule(candidate, pair.module));
  if (kernel === undefined || module === undefined || !inScope(scope, module, kernel.release)) return [];
  const own = events.filter((event) => concerns(event, pair));
  return [{ pair, kernel, hasKernels, module, versions: versionsOf(facts, pair), policy, events: own }];
}

function versionsOf(facts: Facts, pair: PairFacts): VersionCase[] {
  return facts.pairs
    .filter((other) => other.kernel === pair.kernel && other.module.name === pair.module.name)
    .flatMap((other) => {
      const module = facts.modules.find((candidate) => isSameModule(candidate, other.module));
      return module === undefined ? [] : [{ pair: other, module }];
    })
    .sort((a, b) => compareVersionKeys(a.module.version, b.module.version));
}

function concerns(event: PackageEvent, pair: PairFacts): boolean {
  if (event.subject === 'module') return event.module.name === pair.module.name;
  return event.subject === 'toolkit' || event.kernel === pair.kernel;
}

function judge(found: Case): Verdict {
  for (const rule of rules) {
    const verdict = rule(found);
    if (verdict !== undefined) return verdict;
  }
  return { skip: { code: 'up-to-date' } };
}

function toActions({ pair, kernel: { release, arch } }: Case, verdict: Verdict): Action[] {
  if (!('do' in verdict)) return [];
  const target = { module: pair.module, kernel: { release, arch }, because: verdict.because };
  return verdict.do.map((step) =>
    step === 'build' ? { do: step, ...target, origin: originOf(pair) } : { do: step, ...target },
  );
}

/** A rebuild stays what the build was; whatever an event builds anew came by autoinstall. */
function originOf(pair: PairFacts): 'autoinstall' | 'manual' {
  return pair.build?.origin === 'manual' || (pair.build !== undefined && !pair.autoinstall)
    ? 'manual'
    : 'autoinstall';
}

function toSkipped({ pair }: Case, verdict: Verdict): Skipped[] {
  return 'skip' in verdict ? [{ module: pair.module, kernel: pair.kernel, because: verdict.skip }] : [];
}

const phases = [
  'build',
  'install',
  'uninstall',
  'unbuild',
  'deregister',
  'depmod',
] as const satisfies Action['do'][];

/** Builds come first and removals after them. */
function order(actions: readonly Action[]): Action[] {
  return phases.flatMap((phase) => actions.filter((action) => action.do === phase));
}

/**
 * The index of each kernel whose modules change, or did when an engine died before it got there: once, and never for
 * a folder without a kernel.
 */
function indexings(kernels: readonly KernelFacts[], actions: readonly Action[]): Action[] {
  return kernels.flatMap(({ release, arch, image, indexOutdated }): Action[] => {
    const changed = actions.some((action) => changesModules(action, release));
    if (image === 'absent' || !(changed || indexOutdated === true)) return [];
    const code = changed ? 'modules-changed' : 'index-outdated';
    return [{ do: 'depmod', kernel: { release, arch }, because: { code } }];
  });
}

function changesModules(action: Action, release: string): boolean {
  return (action.do === 'install' || action.do === 'uninstall') && action.kernel.release === release;
}

function deregistrations(facts: Facts, events: readonly PackageEvent[]): Action[] {
  const removed = facts.modules.filter((module) => isModuleRemoved(events, module));
  return removed.map(({ name, version }) => {
    return { do: 'deregister', module: { name, version }, because: { code: 'module-removed' } };
  });
}
