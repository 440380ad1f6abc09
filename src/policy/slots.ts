import { compareVersionKeys } from '../formats/version-key.ts';
import { moduleKey } from './identity.ts';
import { type Policies, policyFor } from './policies.ts';
import { isModuleRemoved, isRemoval, type Machine, type Surroundings, type VersionCase } from './rule.ts';
import { everything, inScope, type Scope, scopeOf, withRelated } from './scope.ts';
import type { Facts, KernelFacts, PackageEvent, PairFacts } from './types.ts';
import { currentVersion, hasLostSource } from './versions.ts';

/** A module in all its versions for one kernel: one of them can be installed. */
export interface Slot extends Surroundings {
  readonly name: string;
  /** The highest last. */
  readonly versions: readonly VersionCase[];
  /** What the version that counts depends on. */
  readonly depends: readonly string[];
}

export interface Deciding {
  readonly events: readonly PackageEvent[];
  readonly facts: Facts;
  readonly policies: Policies;
}

const none: readonly string[] = [];

/** What there is to decide about, by kernel and then by the name of the module, in the order of the facts. */
export function slotsOf({ events, facts, policies }: Deciding): Map<string, Map<string, Slot>> {
  const kernels = new Map(facts.kernels.map((kernel) => [kernel.release, kernel]));
  const modules = new Map(
    facts.modules.map((module) => [moduleKey(module), { module, policy: policyFor(policies, module) }]),
  );
  const machine = machineOf(facts.kernels);
  const homes = homesOf(modules.values(), events);
  const found = new Map<string, Map<string, Slot>>();
  for (const [release, names] of groupVersions(facts.pairs, { events, modules })) {
    const kernel = kernels.get(release);
    if (kernel === undefined) continue;
    const slots = [...names].map(([name, versions]): [string, Slot] => {
      const own = events.filter((event) => concerns(event, { name, kernel }));
      const current = currentVersion(versions, own);
      const depends = current?.pair.depends ?? none;
      const isElsewhere = (homes.get(name) ?? none).some((home) => home !== release);
      const present = withoutLeaving(kernel, own);
      return [name, { name, depends, versions, kernel: present, machine, isElsewhere, current, events: own }];
    });
    found.set(release, new Map(slots));
  }
  return found;
}

/** Headers that are being removed are still there, and nothing can be built with them. */
function withoutLeaving(kernel: KernelFacts, events: readonly PackageEvent[]): KernelFacts {
  const isLeaving = events.some(
    (event) => event.subject === 'headers' && isRemoval(event) && event.underway === true,
  );
  return isLeaving ? { ...kernel, headers: { state: 'absent' } } : kernel;
}

function machineOf(kernels: readonly KernelFacts[]): Machine {
  const present = kernels.filter(({ image }) => image === 'present').map(({ release }) => release);
  const newest = present.sort(compareVersionKeys).at(-1);
  const running = kernels.find((kernel) => kernel.running)?.release;
  const hasKernels = present.length > 0;
  return { hasKernels, ...(newest !== undefined && { newest }), ...(running !== undefined && { running }) };
}

/**
 * Where each module is installed, in any version, but for those that their package takes away: once they are gone, a second
 * look would find no home.
 */
function homesOf(
  versions: Iterable<Omit<VersionCase, 'pair'>>,
  events: readonly PackageEvent[],
): Map<string, string[]> {
  const homes = new Map<string, string[]>();
  for (const { module, policy } of versions) {
    const isDropped = hasLostSource(module) && policy['module-upgrade'] === 'drop';
    if (isDropped || isModuleRemoved(events, module)) continue;
    homes.set(module.name, [...(homes.get(module.name) ?? []), ...module.installedFor]);
  }
  return homes;
}

interface Grouping {
  readonly events: readonly PackageEvent[];
  readonly modules: ReadonlyMap<string, Omit<VersionCase, 'pair'>>;
}

function groupVersions(
  pairs: readonly PairFacts[],
  { events, modules }: Grouping,
): Map<string, Map<string, VersionCase[]>> {
  const scope = scopeFor(events, pairs);
  const kernels = new Map<string, Map<string, VersionCase[]>>();
  for (const pair of pairs) {
    const known = modules.get(moduleKey(pair.module));
    if (known === undefined || !inScope(scope, known.module, pair.kernel)) continue;
    const { module, policy } = known;
    const names = kernels.get(pair.kernel) ?? new Map<string, VersionCase[]>();
    const versions = names.get(module.name) ?? [];
    kernels.set(pair.kernel, names.set(module.name, versions));
    versions.push({ pair, module, policy });
  }
  for (const names of kernels.values()) {
    for (const versions of names.values()) {
      if (versions.length > 1)
        versions.sort((a, b) => compareVersionKeys(a.module.version, b.module.version));
    }
  }
  return kernels;
}

function scopeFor(events: readonly PackageEvent[], pairs: readonly PairFacts[]): Scope {
  return events.length === 0 ? everything : withRelated(scopeOf(events), pairs);
}

function concerns(event: PackageEvent, { name, kernel }: { name: string; kernel: KernelFacts }): boolean {
  if (event.subject === 'module') return event.module.name === name;
  return event.subject === 'toolkit' || event.kernel === kernel.release;
}
