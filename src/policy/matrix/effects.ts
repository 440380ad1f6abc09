import { installedVersions } from '../dependencies.ts';
import { isSameModule } from '../identity.ts';
import type {
  Action,
  Facts,
  KernelFacts,
  ModuleFacts,
  ModuleVersions,
  PairFacts,
  Plan,
  WeakLinkFacts,
} from '../types.ts';

export interface CarryingOut {
  /** When the engine starts, in ms: later than every event and every file. */
  readonly at: number;
  /** Asked about every build that begins: whether it fails. */
  readonly fails?: (pair: PairFacts) => boolean;
}

/**
 * The facts once a plan is carried out, as `perform` would leave them on disk: every build takes a moment; what follows
 * a failure, or depends on one, is not reached.
 */
export function carryOut(facts: Facts, plan: Plan, { at, fails = () => false }: CarryingOut): Facts {
  const stuck: Action[] = [];
  let state = facts;
  for (const [index, action] of plan.actions.entries()) {
    const time = at + index + 1;
    const isReached = hasDependencies(state, action) && !stuck.some((other) => isSameTarget(other, action));
    const isBroken = isReached && action.do === 'build' && pairsOf(state, action).some(fails);
    if (isBroken) state = fail(state, action, time);
    if (!isReached || isBroken) stuck.push(action);
    else state = step(state, action, time);
  }
  return state;
}

type PairAction = Extract<Action, { module: unknown; kernel: unknown }>;

/** A registration is for all kernels. */
function isSameTarget(a: Action, b: Action): boolean {
  if (!('module' in a && 'module' in b && isSameModule(a.module, b.module))) return false;
  return !('kernel' in a && 'kernel' in b) || a.kernel.release === b.kernel.release;
}

function hasDependencies({ pairs }: Facts, action: Action): boolean {
  if (!('dependencies' in action)) return true;
  const installed = installedVersions(pairs).get(action.kernel.release);
  return Object.entries(action.dependencies ?? {}).every(
    ([name, version]) => installed?.get(name) === version,
  );
}

function fail(facts: Facts, action: PairAction, at: number): Facts {
  return changePairs(facts, action, (pair) => {
    const dependencies = dependencyVersions(facts, pair);
    const failure = { summary: 'does not compile', class: 'other', log: '/log', at, dependencies } as const;
    return { ...pair, failure };
  });
}

function step(facts: Facts, action: Action, time: number): Facts {
  switch (action.do) {
    case 'build':
      return changePairs(facts, action, (pair) => {
        const dependencies = dependencyVersions(facts, pair);
        const build = { origin: action.origin, installed: false, builtAt: time, changes: [], dependencies };
        return { ...without(pair, 'failure'), build };
      });
    case 'install':
      return changeLinks(install(facts, action), action);
    case 'uninstall':
      return changeLinks(
        changePairs(facts, action, (pair) => withInstalled(pair, false)),
        action,
      );
    case 'unbuild':
      return changePairs(facts, action, (pair) => without(without(pair, 'build'), 'failure'));
    case 'register':
      return changeModule(facts, action, (module) => [{ ...module, registered: true }]);
    case 'deregister': {
      const pairs = facts.pairs.filter(({ module }) => !isSameModule(module, action.module));
      return changeModule({ ...facts, pairs }, action, () => []);
    }
    case 'weak-links':
      return changeKernel(facts, action, ({ weakLinks = [], ...kernel }) => {
        const left = weakLinks.filter(({ state }) => state !== 'broken');
        return {
          ...kernel,
          weakLinks: left.map((link) => (link.state === 'unproven' ? proven(link) : link)),
        };
      });
    case 'depmod':
      return changeKernel(facts, action, (kernel) => ({ ...kernel, indexOutdated: false }));
    case 'initramfs':
      return changeKernel(facts, action, (kernel) => ({ ...kernel, initramfs: {} }));
  }
}

function changeKernel(
  facts: Facts,
  { kernel: { release } }: Extract<Action, { kernel: unknown }>,
  change: (kernel: KernelFacts) => KernelFacts,
): Facts {
  const kernels = facts.kernels.map((kernel) => (kernel.release === release ? change(kernel) : kernel));
  return { ...facts, kernels };
}

/** What other kernels load by links is not what it was; an installed module is in the place of its other versions. */
function changeLinks(facts: Facts, action: PairAction): Facts {
  const { module, kernel } = action;
  const change = (link: WeakLinkFacts): WeakLinkFacts => {
    if (link.builtFor !== kernel.release || link.module.name !== module.name) return link;
    if (action.do === 'install') return { ...placeOf(link), module, state: 'unproven', changed: true };
    if (!isSameModule(link.module, module)) return link;
    return { ...placeOf(link), state: 'broken', why: 'what it leads to is gone' };
  };
  const kernels = facts.kernels.map((one) =>
    one.weakLinks === undefined ? one : { ...one, weakLinks: one.weakLinks.map(change) },
  );
  return { ...facts, kernels };
}

function proven(link: WeakLinkFacts): WeakLinkFacts {
  return { ...placeOf(link), state: 'fits' };
}

function placeOf({ module, builtFor, path }: WeakLinkFacts) {
  return { module, builtFor, path };
}

/** The active link of a module names one version. */
function install(facts: Facts, action: PairAction): Facts {
  return withPairs(
    facts,
    facts.pairs.map((pair) => {
      const isSibling = pair.module.name === action.module.name && pair.kernel === action.kernel.release;
      return isSibling ? withInstalled(pair, isSameModule(pair.module, action.module)) : pair;
    }),
  );
}

function withInstalled(pair: PairFacts, installed: boolean): PairFacts {
  if (pair.build === undefined) return pair;
  const { remains: _gone, ...build } = pair.build;
  return { ...pair, build: { ...build, installed } };
}

/** The versions of a pair's dependencies that its kernel has installed. */
export function dependencyVersions({ pairs }: Facts, { depends = [], kernel }: PairFacts): ModuleVersions {
  const installed = installedVersions(pairs).get(kernel);
  const versions = depends.map((name) => [name, installed?.get(name)] as const);
  return Object.fromEntries(versions.filter(([, version]) => version !== undefined)) as ModuleVersions;
}

function pairsOf({ pairs }: Facts, { module, kernel }: PairAction): PairFacts[] {
  return pairs.filter((pair) => pair.kernel === kernel.release && isSameModule(pair.module, module));
}

function changePairs(facts: Facts, action: PairAction, change: (pair: PairFacts) => PairFacts): Facts {
  const own = pairsOf(facts, action);
  return withPairs(
    facts,
    facts.pairs.map((pair) => (own.includes(pair) ? change(pair) : pair)),
  );
}

/** What modules are built and installed for follows from the pairs. */
export function withPairs(facts: Facts, pairs: readonly PairFacts[]): Facts {
  const modules = facts.modules.map((module) => {
    const own = pairs.filter((pair) => isSameModule(pair.module, module) && pair.build !== undefined);
    const installed = own.filter(({ build }) => build?.installed === true);
    return { ...module, builtFor: releasesOf(own), installedFor: releasesOf(installed) };
  });
  return { ...facts, modules, pairs };
}

function releasesOf(pairs: readonly PairFacts[]): string[] {
  return pairs.map(({ kernel }) => kernel);
}

function changeModule(
  facts: Facts,
  { module }: Extract<Action, { do: 'register' | 'deregister' }>,
  change: (module: ModuleFacts) => readonly ModuleFacts[],
): Facts {
  const modules = facts.modules.flatMap((one) => (isSameModule(one, module) ? change(one) : [one]));
  return { ...facts, modules };
}

function without(pair: PairFacts, key: 'build' | 'failure'): PairFacts {
  const { [key]: _gone, ...rest } = pair;
  return rest;
}
