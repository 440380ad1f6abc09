import { moduleKey } from './identity.ts';
import type { Policy } from './knobs.ts';
import { type Policies, policyFor } from './policies.ts';
import { isRemoval } from './rule.ts';
import type { Action, Facts, KernelFacts, ModuleId, PackageEvent, Plan } from './types.ts';
import { type Relinking, relinking } from './weak-links.ts';

export interface Kernels {
  /** Those that are looked at. */
  readonly kernels: readonly KernelFacts[];
  readonly events: readonly PackageEvent[];
  readonly facts: Facts;
  readonly policies: Policies;
}

/**
 * What is done once for each kernel whose modules change, or did when an engine died before it got there: its links to
 * modules of other kernels, the index of its modules, then its initramfs, which is made from what the index lists. Never
 * for a folder without a kernel.
 */
export function oncePerKernel(actions: readonly Action[], around: Kernels): Action[] {
  const relinkings = relinkingsBy(actions, around);
  const changes = changesByKernel(actions, relinkings);
  const isMeant = (kernel: KernelFacts) => around.kernels.includes(kernel) || relinkings.has(kernel.release);
  const present = around.facts.kernels.filter((kernel) => isPresent(kernel) && isMeant(kernel));
  return [
    ...[...relinkings.values()].map(({ action }) => action),
    ...present.flatMap((kernel) => indexing(kernel, changes.has(kernel.release))),
    ...present.flatMap((kernel) => initramfsUpdate(kernel, changes.get(kernel.release) ?? [], around)),
  ];
}

/** A plan for what earlier runs have left of it, and for nothing else. */
export function planLeftovers(facts: Facts, policies: Policies): Plan {
  const actions = oncePerKernel([], { kernels: facts.kernels, events: [], facts, policies });
  return { version: 1, actions, skipped: [] };
}

/**
 * A plan for what an admin asked for by name, with what is done once for each kernel whose modules it changes: all but
 * the index of those that it is about, which it has.
 */
export function withOncePerKernel(
  plan: Plan,
  { facts, policies }: Pick<Kernels, 'facts' | 'policies'>,
): Plan {
  const around = { kernels: [], events: [], facts, policies };
  const isPlanned = (what: Action['do'], release: string) =>
    plan.actions.some(
      (action) => action.do === what && 'kernel' in action && action.kernel.release === release,
    );
  // autoinstall asks for what would be decided anyway, and that has it.
  const relinkings = new Map(
    [...relinkingsBy(plan.actions, around)].filter(([release]) => !isPlanned('weak-links', release)),
  );
  const changes = changesByKernel(plan.actions, relinkings);
  const kernels = facts.kernels.filter((kernel) => isPresent(kernel) && changes.has(kernel.release));
  const indexes = kernels
    .filter(({ release }) => relinkings.has(release) && !isPlanned('depmod', release))
    .flatMap((kernel) => indexing(kernel, true));
  const updates = kernels
    .filter(({ release }) => !isPlanned('initramfs', release))
    .flatMap((kernel) => initramfsUpdate(kernel, changes.get(kernel.release) ?? [], around));
  const first = plan.actions.findIndex((action) => action.do === 'depmod');
  const links = [...relinkings.values()].map(({ action }) => action);
  const actions = plan.actions.toSpliced(first < 0 ? plan.actions.length : first, 0, ...links);
  return { ...plan, actions: [...actions, ...indexes, ...updates] };
}

function isPresent({ image }: KernelFacts): boolean {
  return image === 'present';
}

/** By release, in the order of the facts. A kernel that is being removed takes its links along. */
function relinkingsBy(actions: readonly Action[], around: Kernels): Map<string, Relinking> {
  const { kernels, events, facts, policies } = around;
  const staying = facts.kernels.filter((kernel) => isPresent(kernel) && !isLeaving(kernel.release, events));
  return new Map(
    staying.flatMap((kernel): [string, Relinking][] => {
      const found = relinking(kernel, { actions, policies, isSeen: kernels.includes(kernel) });
      return found === undefined ? [] : [[kernel.release, found]];
    }),
  );
}

/** The modules that are installed or uninstalled, or loaded by a link that changes, each once, by release. */
function changesByKernel(
  actions: readonly Action[],
  relinkings: ReadonlyMap<string, Relinking>,
): Map<string, ModuleId[]> {
  const changes = new Map<string, Map<string, ModuleId>>();
  const add = (release: string, module: ModuleId) => {
    const own = changes.get(release) ?? new Map<string, ModuleId>();
    changes.set(release, own.set(moduleKey(module), module));
  };
  for (const action of actions)
    if (action.do === 'install' || action.do === 'uninstall') add(action.kernel.release, action.module);
  for (const [release, { changed }] of relinkings) for (const module of changed) add(release, module);
  return new Map([...changes].map(([release, modules]) => [release, [...modules.values()]]));
}

function indexing({ release, arch, indexOutdated }: KernelFacts, isChanged: boolean): Action[] {
  if (!isChanged && indexOutdated !== true) return [];
  const code = isChanged ? 'modules-changed' : 'index-outdated';
  return [{ do: 'depmod', kernel: { release, arch }, because: { code } }];
}

type Around = Pick<Kernels, 'events' | 'facts' | 'policies'>;

/**
 * A kernel without an initramfs gets none: its own package makes the first one, or nobody wants any. That of a kernel
 * that is being removed goes with it.
 */
function initramfsUpdate(
  { release, arch, initramfs }: KernelFacts,
  changed: readonly ModuleId[],
  { events, facts, policies }: Around,
): Action[] {
  if (initramfs === undefined || isLeaving(release, events)) return [];
  const counting = changed.filter((module) => wishOf(module, policies) !== 'never');
  const isOutdated = initramfs.outdated === true;
  if (counting.length === 0 && !(isOutdated && isWanted(facts, policies))) return [];
  const mode = counting.some((module) => wishOf(module, policies) === 'always') ? 'always' : 'auto';
  const code = counting.length > 0 ? 'modules-changed' : 'initramfs-outdated';
  return [{ do: 'initramfs', kernel: { release, arch }, mode, modules: counting, because: { code } }];
}

function isLeaving(release: string, events: readonly PackageEvent[]): boolean {
  return events.some(
    (event) =>
      event.subject === 'image' && event.kernel === release && isRemoval(event) && event.underway === true,
  );
}

/** Whose change was left over is not known here: that nobody's counts has to be true of all. */
function isWanted({ modules }: Facts, policies: Policies): boolean {
  const wishes = [policies.base.initramfs, ...modules.map((module) => wishOf(module, policies))];
  return wishes.some((wish) => wish !== 'never');
}

function wishOf(module: ModuleId, policies: Policies): Policy['initramfs'] {
  return policyFor(policies, module).initramfs;
}
