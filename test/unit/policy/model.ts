import type { Action, Facts, ModuleId, PairFacts, Plan } from '../../../src/policy/types.ts';
import { deepFreeze } from '../../support/world.ts';

export interface CarryingOut {
  /** When the engine starts, in ms: later than every event and every file. */
  at: number;
  /** Whether the build of this pair fails. */
  fails?(pair: PairFacts): boolean;
  /** Told about every build that begins. */
  onStart?(action: Action): void;
}

/**
 * What `perform` does to the facts, without a disk: every build takes a moment; what follows a failure, or depends on
 * one, is not reached.
 */
export function carryOut(facts: Facts, plan: Plan, { at, fails = () => false, onStart }: CarryingOut): Facts {
  let time = at;
  let state: Facts = facts;
  const stuck = new Set<string>();
  for (const action of plan.actions) {
    time += 1;
    const key = 'module' in action && 'kernel' in action ? pairKey(action.module, action.kernel.release) : '';
    if (stuck.has(key)) continue;
    if ('dependencies' in action || action.do === 'build') {
      const isReached = hasDependencies(state, action);
      if (isReached) onStart?.(action);
      const isBroken =
        action.do === 'build' && state.pairs.some((pair) => concerns(action, pair) && fails(pair));
      if (isReached && isBroken) state = fail(state, action, time);
      if (!isReached || isBroken) stuck.add(key);
    }
    if (!stuck.has(key)) state = step(state, action, time);
  }
  return deepFreeze(structuredClone(state));
}

/** The versions of a pair's dependencies that its kernel has installed. */
export function installedFor(facts: Facts, { depends = [], kernel }: PairFacts): Record<string, string> {
  const found = facts.pairs.filter((pair) => pair.kernel === kernel && pair.build?.installed === true);
  const versions = found.map(({ module }): [string, string] => [module.name, module.version]);
  return Object.fromEntries(versions.filter(([name]) => depends.includes(name)));
}

type PairAction = Extract<Action, { module: unknown; kernel: unknown }>;

function hasDependencies(facts: Facts, action: PairAction): boolean {
  const found = facts.pairs.filter(
    ({ kernel, build }) => kernel === action.kernel.release && build?.installed === true,
  );
  const installed = Object.fromEntries(found.map(({ module }) => [module.name, module.version]));
  return Object.entries(action.dependencies ?? {}).every(([name, version]) => installed[name] === version);
}

function fail(facts: Facts, action: Extract<Action, { do: 'build' }>, at: number): Facts {
  return mapPairs(facts, (pair) => {
    if (!concerns(action, pair)) return pair;
    const dependencies = installedFor(facts, pair);
    return { ...pair, failure: { summary: 'does not compile', log: '/log', at, dependencies } };
  });
}

function step(facts: Facts, action: Action, time: number): Facts {
  switch (action.do) {
    case 'build':
      return mapPairs(facts, (pair) =>
        concerns(action, pair)
          ? {
              ...without(pair, 'failure'),
              build: {
                ...{ origin: action.origin, installed: false, builtAt: time, changes: [] },
                dependencies: installedFor(facts, pair),
              },
            }
          : pair,
      );
    case 'install':
      // The active link of a module names one version.
      return mapPairs(facts, (pair) => {
        const sameName = pair.module.name === action.module.name && pair.kernel === action.kernel.release;
        return sameName && pair.build !== undefined
          ? { ...pair, build: { ...pair.build, installed: concerns(action, pair) } }
          : pair;
      });
    case 'uninstall':
      return mapPairs(facts, (pair) =>
        concerns(action, pair) && pair.build !== undefined
          ? { ...pair, build: { ...pair.build, installed: false } }
          : pair,
      );
    case 'unbuild':
      return mapPairs(facts, (pair) =>
        concerns(action, pair) ? without(without(pair, 'build'), 'failure') : pair,
      );
    case 'register':
      return {
        ...facts,
        modules: facts.modules.map((module) =>
          isSame(module, action.module) ? { ...module, registered: true } : module,
        ),
      };
    case 'deregister':
      return {
        ...facts,
        modules: facts.modules.filter((module) => !isSame(module, action.module)),
        pairs: facts.pairs.filter((pair) => !isSame(pair.module, action.module)),
      };
    case 'depmod':
      return {
        ...facts,
        kernels: facts.kernels.map((kernel) =>
          kernel.release === action.kernel.release ? { ...kernel, indexOutdated: false } : kernel,
        ),
      };
  }
}

export function pairKey({ name, version }: ModuleId, release: string): string {
  return `${name}/${version} ${release}`;
}

function concerns(action: Action, pair: PairFacts): boolean {
  if (!('module' in action) || !('kernel' in action)) return false;
  return isSame(action.module, pair.module) && action.kernel.release === pair.kernel;
}

function isSame(a: ModuleId, b: ModuleId): boolean {
  return a.name === b.name && a.version === b.version;
}

/** What modules are built and installed for follows from the pairs. */
function mapPairs(facts: Facts, change: (pair: PairFacts) => PairFacts): Facts {
  const pairs = facts.pairs.map(change);
  const modules = facts.modules.map((module) => {
    const own = pairs.filter((pair) => isSame(pair.module, module) && pair.build !== undefined);
    const installed = own.filter(({ build }) => build?.installed === true);
    const releases = (some: readonly PairFacts[]) => some.map(({ kernel }) => kernel);
    return { ...module, builtFor: releases(own), installedFor: releases(installed) };
  });
  return { ...facts, modules, pairs };
}

function without(pair: PairFacts, key: 'build' | 'failure'): PairFacts {
  const { [key]: _gone, ...rest } = pair;
  return rest;
}
