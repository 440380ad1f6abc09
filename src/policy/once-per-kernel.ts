import { moduleKey } from './identity.ts';
import type { Policy } from './knobs.ts';
import { type Policies, policyFor } from './policies.ts';
import { isRemoval } from './rule.ts';
import type { Action, Facts, KernelFacts, ModuleId, PackageEvent, Plan } from './types.ts';

export interface Kernels {
  /** Those that are looked at. */
  readonly kernels: readonly KernelFacts[];
  readonly events: readonly PackageEvent[];
  readonly facts: Facts;
  readonly policies: Policies;
}

/**
 * What is done once for each kernel whose modules change, or did when an engine died before it got there: the index of
 * its modules, then its initramfs, which is made from what the index lists. Never for a folder without a kernel.
 */
export function oncePerKernel(actions: readonly Action[], around: Kernels): Action[] {
  const changes = changesByKernel(actions);
  const present = around.kernels.filter(({ image }) => image === 'present');
  return [
    ...present.flatMap((kernel) => indexing(kernel, changes.has(kernel.release))),
    ...present.flatMap((kernel) => initramfsUpdate(kernel, changes.get(kernel.release) ?? [], around)),
  ];
}

/** A plan for what earlier runs have left of it, and for nothing else. */
export function planLeftovers(facts: Facts, policies: Policies): Plan {
  const actions = oncePerKernel([], { kernels: facts.kernels, events: [], facts, policies });
  return { version: 1, actions, skipped: [] };
}

/** A plan for what an admin asked for by name, with the initramfs of the kernels whose modules it changes, each once. */
export function withInitramfs(plan: Plan, { facts, policies }: Pick<Kernels, 'facts' | 'policies'>): Plan {
  const changes = changesByKernel(plan.actions);
  // autoinstall asks for what would be decided anyway, and that has it.
  for (const action of plan.actions) if (action.do === 'initramfs') changes.delete(action.kernel.release);
  const kernels = facts.kernels.filter(({ release, image }) => image === 'present' && changes.has(release));
  const updates = kernels.flatMap((kernel) =>
    initramfsUpdate(kernel, changes.get(kernel.release) ?? [], { events: [], facts, policies }),
  );
  return { ...plan, actions: [...plan.actions, ...updates] };
}

/** The modules that are installed or uninstalled, each once, by release. */
function changesByKernel(actions: readonly Action[]): Map<string, ModuleId[]> {
  const changes = new Map<string, Map<string, ModuleId>>();
  for (const action of actions) {
    if (action.do !== 'install' && action.do !== 'uninstall') continue;
    const { module, kernel } = action;
    const own = changes.get(kernel.release) ?? new Map<string, ModuleId>();
    changes.set(kernel.release, own.set(moduleKey(module), module));
  }
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
