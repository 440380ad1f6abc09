import type { Policy } from './knobs.ts';
import type {
  KernelFacts,
  ModuleFacts,
  PackageEvent,
  PairFacts,
  Reason,
  SkipReason,
  Transition,
} from './types.ts';

/** All that the rules may look at for one module and kernel. */
export interface Case {
  readonly pair: PairFacts;
  readonly module: ModuleFacts;
  readonly kernel: KernelFacts;
  /** All versions of this module for this kernel, the highest last. */
  readonly versions: readonly VersionCase[];
  /** The events that concern this pair. */
  readonly events: readonly PackageEvent[];
  readonly policy: Policy;
}

export interface VersionCase {
  readonly pair: PairFacts;
  readonly module: ModuleFacts;
}

type Step = 'build' | 'install' | 'uninstall' | 'unbuild';

export type Verdict =
  | { readonly do: readonly Step[]; readonly because: Reason }
  | { readonly skip: SkipReason };

/** A rule says what to do for a pair, or nothing when it does not apply. */
export type Rule = (found: Case) => Verdict | undefined;

export function isRemoval({ transition }: PackageEvent): boolean {
  return transition === 'remove' || transition === 'purge';
}

/** Whether an event about this kernel's image or headers is one of the transitions. */
export function kernelEvent(
  found: Case,
  subject: 'image' | 'headers',
  transitions: readonly Transition[],
): boolean {
  return found.events.some((event) => event.subject === subject && transitions.includes(event.transition));
}
