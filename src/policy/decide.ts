import { installedVersions } from './dependencies.ts';
import { goingModules } from './deregistrations.ts';
import { isSameModule } from './identity.ts';
import { type Judged, judgeKernel } from './judge.ts';
import { withLeftBehind } from './left-behind.ts';
import { oncePerKernel } from './once-per-kernel.ts';
import type { Policies } from './policies.ts';
import { isModuleRemoved, isRemoval } from './rule.ts';
import { slotsOf } from './slots.ts';
import type {
  Action,
  Facts,
  ModuleFacts,
  ModuleId,
  PackageEvent,
  PairFacts,
  Plan,
  Skipped,
} from './types.ts';
import { hasLostSource } from './versions.ts';

/**
 * What the events make necessary, given what is on disk. Pure and total: no clock, no environment, no disk, no throw.
 * Without events it looks at everything. Deciding again after the plan was carried out gives an empty plan.
 */
export function decide(told: readonly PackageEvent[], found: Facts, policies: Policies): Plan {
  const events = withLeftBehind(asTheDiskTells(told, found), found);
  const arriving = found.modules.filter((module) => isArriving(events, module));
  const facts = { ...found, modules: found.modules.map((module) => asRegistered(module, arriving)) };
  const removed = facts.modules.filter((module) => isModuleRemoved(events, module));
  const slots = slotsOf({ events, facts, policies });
  const judged = judgeAll({ facts, slots, removed });
  const steps = judged.flatMap(toSteps);
  const actions = steps.map(({ action }) => action);
  return {
    version: 1,
    actions: [
      ...arriving.map((module) => registration('register', module, { code: 'module-arrived' })),
      ...order(steps),
      ...removed.map((module) => registration('deregister', module, { code: 'module-removed' })),
      ...goingModules({ facts, judged, policies })
        .filter(({ module }) => !removed.includes(module))
        .map(({ module, because }) => registration('deregister', module, because)),
      ...oncePerKernel(actions, {
        kernels: facts.kernels.filter(({ release }) => slots.has(release)),
        events,
        facts,
        policies,
      }),
    ],
    skipped: judged.flatMap(toSkipped),
  };
}

/**
 * A removal that is over, or may not have happened, is one where the module's source is gone; else it is a reason to look.
 * pacman and rpm tell of an upgrade as a removal and an installation: the version that comes follows the one that goes.
 */
function asTheDiskTells(told: readonly PackageEvent[], { modules }: Facts): PackageEvent[] {
  const isHere = (id: ModuleId) =>
    modules.some((module) => isSameModule(module, id) && !hasLostSource(module));
  const isFollowed = ({ name }: ModuleId) =>
    told.some(
      (other) =>
        other.subject === 'module' && other.module.name === name && !isRemoval(other) && isHere(other.module),
    );
  return told.map((event) => {
    if (event.subject !== 'module' || event.underway !== false || !isRemoval(event)) return event;
    const isOne = !isHere(event.module) && !isFollowed(event.module);
    return isOne ? event : { ...event, transition: 'upgrade' };
  });
}

/** Its package brought it, or brought it back, and its source is there. */
function isArriving(events: readonly PackageEvent[], module: ModuleFacts): boolean {
  if (module.registered || hasLostSource(module) || isModuleRemoved(events, module)) return false;
  return events.some((event) => event.subject === 'module' && isSameModule(event.module, module));
}

function asRegistered(module: ModuleFacts, arriving: readonly ModuleFacts[]): ModuleFacts {
  return arriving.includes(module) ? { ...module, registered: true, arriving: true } : module;
}

function registration(
  what: 'register' | 'deregister',
  { name, version }: ModuleFacts,
  because: Action['because'],
): Action {
  return { do: what, module: { name, version }, because };
}

interface Deciding {
  readonly facts: Facts;
  readonly slots: ReturnType<typeof slotsOf>;
  readonly removed: Facts['modules'];
}

/** In the order of the facts. */
function judgeAll({ facts, slots, removed }: Deciding): Judged[] {
  const installed = installedVersions(facts.pairs);
  const staying = facts.modules.filter((module) => module.registered && !removed.includes(module));
  const registered = new Set(staying.map(({ name }) => name));
  const verdicts = new Map<PairFacts, Judged>();
  for (const [release, names] of slots) {
    const present = installed.get(release) ?? new Map<string, string>();
    for (const judged of judgeKernel(names, { present, registered })) verdicts.set(judged.found.pair, judged);
  }
  return facts.pairs.flatMap((pair) => verdicts.get(pair) ?? []);
}

/** An action of the plan, and how many others its module waits for. */
interface Step {
  readonly action: Extract<Action, { module: unknown; kernel: unknown }>;
  readonly rank: number;
}

function toSteps({ found, verdict, rank }: Judged): Step[] {
  if (!('do' in verdict)) return [];
  const { pair, kernel, dependencies } = found;
  const target = {
    module: pair.module,
    kernel: { release: kernel.release, arch: kernel.arch },
    because: verdict.because,
  };
  const needs = Object.keys(dependencies).length > 0 && { dependencies };
  const awaited = verdict.dependencies && { dependencies: verdict.dependencies };
  return verdict.do.map((step) => {
    if (step !== 'build') return { action: { do: step, ...target, ...awaited }, rank };
    return { action: { do: step, ...target, ...needs, origin: originOf(found) }, rank };
  });
}

/**
 * A rebuild stays what the build was, and so does the build of the version that follows; whatever else an event builds
 * came by autoinstall. Nobody recorded how another tool's builds came to be, but without AUTOINSTALL=yes by hand.
 */
function originOf({ pair, predecessor }: Judged['found']): 'autoinstall' | 'manual' {
  const earlier = pair.build ?? predecessor?.pair.build;
  if (earlier === undefined || earlier.origin === 'autoinstall') return 'autoinstall';
  return earlier.origin === 'manual' || !pair.autoinstall ? 'manual' : 'autoinstall';
}

function toSkipped({ found: { pair, policy }, verdict }: Judged): Skipped[] {
  if (!('skip' in verdict)) return [];
  const { module, kernel } = pair;
  const wish = policy['missing-headers'];
  const isLacking = lacksHeaders.includes(verdict.skip.code) && wish !== 'wait';
  const severity = isLacking && ({ severity: wish === 'fail' ? 'failure' : 'warning' } as const);
  return [{ module, kernel, ...severity, because: verdict.skip }];
}

const lacksHeaders: readonly Skipped['because']['code'][] = ['headers-missing', 'headers-unusable'];

/**
 * Builds come first and removals after them. What others depend on is installed before those are built: they compile
 * against what is there then.
 */
function order(steps: readonly Step[]): Action[] {
  const phases = new Map<string, Action[]>();
  for (const { action, rank } of steps) {
    const phase = action.do === 'build' || action.do === 'install' ? `${action.do} ${rank}` : action.do;
    const known = phases.get(phase);
    if (known === undefined) phases.set(phase, [action]);
    else known.push(action);
  }
  const ranks = [...new Set(steps.map(({ rank }) => rank))].sort((a, b) => a - b);
  const inOrder = [...ranks.flatMap((rank) => [`build ${rank}`, `install ${rank}`]), 'uninstall', 'unbuild'];
  return inOrder.flatMap((phase) => phases.get(phase) ?? []);
}
