import type { BuildFacts, InputChange, ModuleVersions, PairFacts } from './types.ts';

/** What one kernel has installed: versions by the name of the module. */
export type InstalledVersions = ReadonlyMap<string, string>;

const none: InstalledVersions = new Map();

/** What each kernel has installed, by release. */
export function installedVersions(pairs: readonly PairFacts[]): ReadonlyMap<string, InstalledVersions> {
  const kernels = new Map<string, Map<string, string>>();
  for (const { module, kernel, build } of pairs) {
    if (build?.installed !== true) continue;
    const versions = kernels.get(kernel) ?? new Map<string, string>();
    kernels.set(kernel, versions.set(module.name, module.version));
  }
  return kernels;
}

/** Now, and once the plan is carried out. */
export interface Versions {
  readonly present: InstalledVersions;
  readonly planned: InstalledVersions;
}

/**
 * What went into a build and is, or will be, no longer so: other versions of what it depends on count like any other
 * input. Where nothing is recorded, it counts as built against what is installed now.
 */
export function changesOf(pair: PairFacts, { present, planned }: Versions): readonly InputChange[] {
  const { build, depends = [] } = pair;
  if (build === undefined) return [];
  const moved = depends.flatMap((name): InputChange[] => {
    const recorded = recordedVersion(build, name, present);
    const version = planned.get(name);
    if (recorded === version) return [];
    const change = version === undefined ? 'removed' : recorded === undefined ? 'added' : 'changed';
    return [{ kind: 'dependency', name, change }];
  });
  const others = build.changes.filter(({ kind }) => kind !== 'dependency');
  return moved.length === 0 ? others : [...moved, ...others.filter(({ kind }) => kind !== 'unrecorded')];
}

/** The pairs as they were read, with what has become of their dependencies among the changes of their builds. */
export function compareDependencies(pairs: readonly PairFacts[]): PairFacts[] {
  const installed = installedVersions(pairs);
  return pairs.map((pair) => {
    if (pair.build === undefined || pair.depends === undefined) return pair;
    const present = installed.get(pair.kernel) ?? none;
    return { ...pair, build: { ...pair.build, changes: changesOf(pair, { present, planned: present }) } };
  });
}

/** Names of what a pair depends on and its kernel does not have installed. */
export function findUnmet({ depends = [] }: PairFacts, present: InstalledVersions = none): string[] {
  return depends.filter((name) => !present.has(name));
}

/** The version of a module in a record that may hold any name. */
export function versionIn(versions: ModuleVersions, name: string): string | undefined {
  return Object.hasOwn(versions, name) ? versions[name] : undefined;
}

function recordedVersion(
  { dependencies }: BuildFacts,
  name: string,
  present: InstalledVersions,
): string | undefined {
  return dependencies === undefined ? present.get(name) : versionIn(dependencies, name);
}
