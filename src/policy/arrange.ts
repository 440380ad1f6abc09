import { installedVersions } from './dependencies.ts';
import { orderByDependencies } from './dependency-order.ts';
import type { MissingDependency } from './reasons.ts';
import { findPair } from './requests.ts';
import type { Action, Facts, KernelFacts, PairFacts, Plan, Skipped } from './types.ts';

/** Where what was asked for is to go. */
export interface Place {
  readonly facts: Facts;
  readonly kernel: KernelFacts;
}

/**
 * A plan for one kernel that somebody asked for by name, with each module after those that it depends on. Nothing is
 * added: what cannot be built for want of a module is skipped, and says so.
 */
export function arrangePlan(plan: Plan, place: Place): Plan {
  const asked = groupByName(plan.actions.filter(isMaking), place);
  const planned = new Map(installedVersions(place.facts.pairs).get(place.kernel.release));
  const { names, cycles } = orderByDependencies(
    new Map([...asked].map(([name, { pair }]) => [name, pair.depends ?? []])),
  );
  const actions: Action[] = [];
  const skipped: Skipped[] = [];
  for (const name of names) {
    const { pair, steps } = asked.get(name) as Asked;
    const missing = steps.some((step) => step.do === 'build')
      ? findMissing(pair, { place, planned, cycles: cycles.get(name) ?? new Map() })
      : [];
    if (missing.length > 0) {
      const { module, kernel } = pair;
      skipped.push({ module, kernel, because: { code: 'dependency-missing', missing } });
      continue;
    }
    actions.push(...steps.map((step) => withVersions(step, pair, planned)));
    if (steps.some((step) => step.do === 'install')) planned.set(name, pair.module.version);
  }
  const others = plan.actions.filter((action) => !isMaking(action));
  const isIdle = skipped.length > 0 && !actions.some((action) => action.do === 'install');
  return {
    version: 1,
    actions: [...actions, ...(isIdle ? others.filter((action) => action.do !== 'depmod') : others)],
    skipped: [...plan.skipped, ...skipped],
  };
}

type Making = Extract<Action, { module: unknown; kernel: unknown }>;

function isMaking(action: Action): action is Making {
  return action.do === 'build' || action.do === 'install';
}

interface Asked {
  readonly pair: PairFacts;
  readonly steps: readonly Making[];
}

function groupByName(actions: readonly Making[], { facts, kernel }: Place): Map<string, Asked> {
  const asked = new Map<string, Asked>();
  for (const action of actions) {
    const { module } = action;
    const pair = asked.get(module.name)?.pair ?? findPair(facts, module, kernel.release);
    if (pair === undefined) continue;
    asked.set(module.name, { pair, steps: [...(asked.get(module.name)?.steps ?? []), action] });
  }
  return asked;
}

interface Search {
  readonly place: Place;
  readonly planned: ReadonlyMap<string, string>;
  readonly cycles: ReadonlyMap<string, readonly string[]>;
}

function findMissing({ depends = [] }: PairFacts, { place, planned, cycles }: Search): MissingDependency[] {
  return depends.flatMap((name): MissingDependency[] => {
    if (planned.has(name)) return [];
    const cycle = cycles.get(name);
    return [cycle === undefined ? { name, why: whyMissing(name, place) } : { name, why: 'cycle', cycle }];
  });
}

function whyMissing(name: string, { facts, kernel }: Place): Exclude<MissingDependency['why'], 'cycle'> {
  if (!facts.modules.some((module) => module.registered && module.name === name)) return 'unregistered';
  const own = facts.pairs.filter((pair) => pair.module.name === name && pair.kernel === kernel.release);
  if (own.some(({ failure }) => failure !== undefined)) return 'failed';
  return own.some(({ excluded }) => excluded !== undefined) ? 'excluded' : 'not-installed';
}

function withVersions(action: Making, pair: PairFacts, planned: ReadonlyMap<string, string>): Action {
  if (action.do !== 'build' || pair.depends === undefined) return action;
  const versions = pair.depends.map((name) => [name, planned.get(name) ?? '']);
  return { ...action, dependencies: Object.fromEntries(versions) };
}
