import type { FailureClass } from './failure-class.ts';
import type { InputChange } from './types.ts';

/** Why an action is in the plan: a closed catalogue, worded in explain.ts. */
export type Reason =
  | { readonly code: 'new-kernel' }
  | { readonly code: 'inputs-changed'; readonly changes: readonly InputChange[] }
  | { readonly code: 'reconfigured'; readonly package: 'kernel' | 'module' | 'toolkit' }
  | { readonly code: 'refresh-always' }
  /** By the knob `force`. */
  | { readonly code: 'forced' }
  | { readonly code: 'marked' }
  /** The version that was installed has lost its source to this one. */
  | { readonly code: 'new-version'; readonly from: string }
  | { readonly code: 'superseded'; readonly by: string }
  | { readonly code: 'module-arrived' }
  | { readonly code: 'headers-removed' }
  | { readonly code: 'not-installed' }
  | { readonly code: 'kernel-removed' }
  | { readonly code: 'module-removed' }
  | { readonly code: 'asked' }
  | { readonly code: 'modules-changed' }
  | { readonly code: 'index-outdated' }
  | { readonly code: 'initramfs-outdated' }
  /** Nothing recorded proves that the modules of other kernels fit to which it has links, or will not by then. */
  | { readonly code: 'links-unproven' }
  | { readonly code: 'links-broken'; readonly links: readonly BrokenLink[] };

interface BrokenLink {
  /** Absolute path inside the root. */
  readonly path: string;
  readonly why: string;
}

/** A module that another one cannot be built without, and that the kernel will not have. */
export type MissingDependency =
  | {
      readonly name: string;
      /** `unregistered`: another package may still bring it. `failed`, `excluded`: for this kernel. */
      readonly why: 'unregistered' | 'failed' | 'excluded' | 'not-installed';
    }
  | {
      readonly name: string;
      readonly why: 'cycle';
      /** The names of the modules that wait for each other, the first one again at the end. */
      readonly cycle: readonly string[];
    };

/** Why nothing is done for a pair: a closed catalogue, worded in explain.ts. */
export type SkipReason =
  | { readonly code: 'up-to-date' }
  | { readonly code: 'autoinstall-off' }
  | { readonly code: 'unregistered' }
  /** A knob of the policy keeps a module from getting a first build. */
  | { readonly code: 'held-back'; readonly knob: 'new-kernel' | 'module-scope'; readonly value: string }
  /** A version without source stays until the one that follows it is in its place. */
  | { readonly code: 'successor-missing'; readonly successor: string }
  | {
      readonly code: 'headers-missing';
      /** What to install. */
      readonly package?: string;
      readonly changes?: readonly InputChange[];
    }
  | { readonly code: 'headers-unusable'; readonly why: string; readonly changes?: readonly InputChange[] }
  | { readonly code: 'image-missing' }
  | {
      readonly code: 'dependency-missing';
      readonly missing: readonly MissingDependency[];
      readonly changes?: readonly InputChange[];
    }
  | { readonly code: 'refresh-never'; readonly changes: readonly InputChange[] }
  | { readonly code: 'outside-refresh-scope'; readonly changes: readonly InputChange[] }
  | {
      readonly code: 'failed-before';
      readonly summary: string;
      /** Left out by versions that did not sort failures. */
      readonly class?: FailureClass;
      readonly log: string;
    }
  | { readonly code: 'excluded'; readonly why: string }
  | { readonly code: 'module-problem'; readonly why: string }
  | { readonly code: 'aborted' }
  /** Kmodsmith's own package goes; nothing else does. */
  | { readonly code: 'toolkit-removed' }
  | { readonly code: 'not-built' }
  /** Asked for by name, and there is no such thing. */
  | { readonly code: 'nothing-to-undo'; readonly state: 'built' | 'installed' }
  | { readonly code: 'other-version'; readonly current: string; readonly pinned?: true };
