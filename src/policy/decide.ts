import { installedVersions } from './dependencies.ts';
import { type Judged, judgeKernel } from './judge.ts';
import type { Policy } from './knobs.ts';
import { isModuleRemoved } from './rule.ts';
import { slotsOf } from './slots.ts';
import type { Action, Facts, KernelFacts, PackageEvent, PairFacts, Plan, Skipped } from './types.ts';

/**
 * What the events make necessary, given what is on disk. Pure and total: no clock, no environment, no disk, no throw.
 * Without events it looks at everything. Deciding again after the plan was carried out gives an empty plan.
 */
export function decide(events: readonly PackageEvent[], facts: Facts, policy: Policy): Plan {
  const removed = facts.modules.filter((module) => isModuleRemoved(events, module));
  const slots = slotsOf({ events, facts, policy });
  const judged = judgeAll({ facts, slots, removed });
  const steps = judged.flatMap(toSteps);
  const actions = steps.map(({ action }) => action);
  return {
    version: 1,
    actions: [
      ...order(steps),
      ...removed.map(({ name, version }): Action => {
        return { do: 'deregister', module: { name, version }, because: { code: 'module-removed' } };
      }),
      ...indexings(
        facts.kernels.filter(({ release }) => slots.has(release)),
        actions,
      ),
    ],
    skipped: judged.flatMap(toSkipped),
  };
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
  readonly action: Exclude<Action, { do: 'deregister' | 'depmod' }>;
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
  return verdict.do.map((step) => {
    if (step !== 'build') return { action: { do: step, ...target }, rank };
    return { action: { do: step, ...target, ...needs, origin: originOf(pair) }, rank };
  });
}

/** A rebuild stays what the build was; whatever an event builds anew came by autoinstall. */
function originOf(pair: PairFacts): 'autoinstall' | 'manual' {
  return pair.build?.origin === 'manual' || (pair.build !== undefined && !pair.autoinstall)
    ? 'manual'
    : 'autoinstall';
}

function toSkipped({ found: { pair }, verdict }: Judged): Skipped[] {
  return 'skip' in verdict ? [{ module: pair.module, kernel: pair.kernel, because: verdict.skip }] : [];
}

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

/**
 * The index of each kernel whose modules change, or did when an engine died before it got there: once, and never for
 * a folder without a kernel.
 */
function indexings(kernels: readonly KernelFacts[], actions: readonly Step['action'][]): Action[] {
  const changed = new Set(
    actions.flatMap(({ do: what, kernel }) => (changesModules(what) ? kernel.release : [])),
  );
  return kernels.flatMap(({ release, arch, image, indexOutdated }): Action[] => {
    if (image === 'absent' || !(changed.has(release) || indexOutdated === true)) return [];
    const code = changed.has(release) ? 'modules-changed' : 'index-outdated';
    return [{ do: 'depmod', kernel: { release, arch }, because: { code } }];
  });
}

function changesModules(what: Action['do']): boolean {
  return what === 'install' || what === 'uninstall';
}
