import { versionIn } from './dependencies.ts';
import { isSameModule } from './identity.ts';
import type { Policy } from './knobs.ts';
import type { MissingDependency, Reason, SkipReason } from './reasons.ts';
import type {
  FailureFacts,
  InputChange,
  KernelFacts,
  ModuleFacts,
  ModuleId,
  ModuleVersions,
  PackageEvent,
  PairFacts,
  Transition,
} from './types.ts';

/** What all versions of a module for one kernel have in common. */
export interface Surroundings {
  readonly kernel: KernelFacts;
  readonly machine: Machine;
  /** Whether another kernel has the module installed, in any version. */
  readonly isElsewhere: boolean;
  /** The version that counts for this kernel. */
  readonly current: VersionCase | undefined;
  /** The events that concern this pair. */
  readonly events: readonly PackageEvent[];
}

/** What the kernels here are to each other. */
export interface Machine {
  /** Whether any kernel is here at all. */
  readonly hasKernels: boolean;
  /** Releases; none in a chroot, and none when it is not one of those that are here. */
  readonly running?: string;
  readonly newest?: string;
}

/** All that the rules may look at for one module and kernel. What it depends on has been decided by then. */
export interface Case extends Surroundings, VersionCase {
  /** What it depends on that is there, in the versions that the plan leaves installed. */
  readonly dependencies: ModuleVersions;
  /** What it depends on that will not be there. */
  readonly missing: readonly MissingDependency[];
  /** What is, or will be by this plan, no longer what went into its build. */
  readonly changes: readonly InputChange[];
  /** The version that its package has brought in place of this one. */
  readonly successor?: Successor;
  /** The installed version that this one follows. */
  readonly predecessor?: VersionCase;
}

export interface Successor {
  readonly version: string;
  /** `installed`: it is, or will be by this plan; `unwanted`: it is not to be built for this kernel. */
  readonly state: 'installed' | 'unwanted' | 'hindered';
}

export interface VersionCase {
  readonly pair: PairFacts;
  readonly module: ModuleFacts;
  /** As it is in force for this version. */
  readonly policy: Policy;
}

type Step = 'build' | 'install' | 'uninstall' | 'unbuild';

export type Verdict =
  | {
      readonly do: readonly Step[];
      readonly because: Reason;
      /** What has to be installed by then, besides what the module depends on. */
      readonly dependencies?: ModuleVersions;
    }
  | { readonly skip: SkipReason };

/** The steps of a verdict; none when nothing is done. */
export function doing(verdict: Verdict): readonly Step[] {
  return 'do' in verdict ? verdict.do : [];
}

/** A rule says what to do for a pair, or nothing when it does not apply. */
export type Rule = (found: Case) => Verdict | undefined;

export function isRemoval({ transition }: PackageEvent): boolean {
  return transition === 'remove' || transition === 'purge';
}

/** What was laid down or asked for again; an abort is none, nor what may not have happened. */
function isArrival({ transition, underway }: PackageEvent): boolean {
  if (underway === false) return false;
  return transition === 'install' || transition === 'upgrade' || transition === 'reconfigure';
}

/** Whether exactly this version of the module is removed, and nothing that was told later brings it back. */
export function isModuleRemoved(events: readonly PackageEvent[], module: ModuleId): boolean {
  const own = events.filter((event) => event.subject === 'module' && isSameModule(event.module, module));
  return own.some(isRemoval) && !own.some((event) => !isRemoval(event) && event.at >= lastRemoval(own));
}

function lastRemoval(events: readonly PackageEvent[]): number {
  return Math.max(...events.filter(isRemoval).map(({ at }) => at));
}

/** The admin asks again by reconfiguring; what was done or tried since then has answered that. */
export function isReconfiguredSince({ events }: Surroundings, at: number): boolean {
  return events.some((event) => event.transition === 'reconfigure' && event.at > at);
}

/** Whether anything came that an earlier build or attempt does not answer. */
export function hasArrivalSince({ events }: Surroundings, at: number): boolean {
  return events.some((event) => isArrival(event) && event.at > at);
}

/** Whether the module, or an earlier version of it, was brought or brought back; that it has not gone is no arrival. */
export function hasModuleArrived({ events }: Surroundings): boolean {
  return events.some((event) => event.subject === 'module' && !isRemoval(event) && event.underway !== false);
}

/** Whether an event about this kernel's image or headers is one of the transitions. */
export function kernelEvent(
  found: Surroundings,
  subject: 'image' | 'headers',
  transitions: readonly Transition[],
): boolean {
  return found.events.some((event) => event.subject === subject && transitions.includes(event.transition));
}

/** The last failure, when another attempt would be the same: neither asked for again nor against other dependencies. */
export function lastingFailure(found: Case): FailureFacts | undefined {
  const { failure } = found.pair;
  if (failure === undefined || isReconfiguredSince(found, failure.at)) return undefined;
  const { dependencies: tried } = failure;
  const isSame = Object.entries(found.dependencies).every(
    ([name, version]) => tried === undefined || versionIn(tried, name) === version,
  );
  return isSame ? failure : undefined;
}
