/**
 * The words of kmodsmith as plain data. Everything here is JSON: it can be printed, saved and compared.
 * What each word means: docs/dictionary.md.
 */

import type { FailureClass } from './failure-class.ts';
import type { Reason, SkipReason } from './reasons.ts';

/** A dkms source package; its source is `/usr/src/<name>-<version>`. */
export interface ModuleId {
  readonly name: string;
  readonly version: string;
}

/** A kernel release string (`uname -r`) and a machine (`uname -m`). */
export interface KernelId {
  readonly release: string;
  readonly arch: string;
}

export type Transition = 'install' | 'upgrade' | 'reconfigure' | 'remove' | 'purge' | 'abort';

/**
 * What a package manager told us. The transition is a hint that picks a policy row; what is done follows from the
 * facts on disk.
 */
export type PackageEvent = EventCommon &
  (
    | { readonly subject: 'image' | 'headers'; readonly kernel: string }
    | { readonly subject: 'module'; readonly module: ModuleId }
    | { readonly subject: 'toolkit' }
  );

interface EventCommon {
  readonly transition: Transition;
  /** When it was recorded, in ms since the epoch. */
  readonly at: number;
  /**
   * `true`: told by the hook that runs now, while a removal's files are still there. `false`: a hook has told what is over,
   * or may not have happened; only the disk counts. Left out for all else.
   */
  readonly underway?: boolean;
}

/** Whether modules can be compiled for a kernel; `unusable` names the missing piece. */
export type HeadersState =
  | { readonly state: 'ready' }
  | {
      readonly state: 'absent' /** The package that would bring them, where its name is known. */;
      readonly package?: string;
    }
  | { readonly state: 'unusable'; readonly why: string };

export interface KernelFacts extends KernelId {
  readonly image: 'present' | 'absent';
  readonly headers: HeadersState;
  /** When the package manager last laid down the image's or the headers' files: ms since the epoch, 0 if absent. */
  readonly changedAt: number;
  /** The module index (modules.dep) lacks an installed module or lists one that is gone. */
  readonly indexOutdated?: boolean;
  /** It has an initramfs image now. */
  readonly initramfs?: InitramfsFacts;
  /** It is the one that runs now. */
  readonly running?: true;
  /** Its links to modules of ours that were built for other kernels; left out where it has none. */
  readonly weakLinks?: readonly WeakLinkFacts[];
}

export interface InitramfsFacts {
  /** Modules of the kernel changed, and nobody came to it since: an engine died, or the update failed. */
  readonly outdated?: true;
}

/** A link below weak-updates/ by which a kernel loads a module that was built for another one (kABI). */
export type WeakLinkFacts = WeakLinkPlace &
  (
    | { readonly state: 'fits' }
    /** It fits, and no record proves that; `changed`: what it leads to is not what was proven to fit. */
    | { readonly state: 'unproven'; readonly changed?: true }
    | { readonly state: 'broken'; readonly why: string }
    /** There are no symbols of the kernel to compare with. */
    | { readonly state: 'unknown' }
  );

interface WeakLinkPlace {
  readonly module: ModuleId;
  /** Release of the kernel that the module was built for. */
  readonly builtFor: string;
  /** Absolute path inside the root. */
  readonly path: string;
}

export interface ModuleFacts extends ModuleId {
  readonly registered: boolean;
  /** It is registered by the plan that is being made. */
  readonly arriving?: true;
  /** Why nothing can be built from it: no source, or a dkms.conf that is not valid for any kernel. */
  readonly problem?: ModuleProblem;
  /** The releases of all kernels, also of those that the pairs say nothing of, with a build and with an installed one. */
  readonly builtFor: readonly string[];
  readonly installedFor: readonly string[];
}

interface ModuleProblem {
  /** Of errors.ts; `SOURCE_MISSING` for one whose source is gone. */
  readonly code: string;
  readonly message: string;
}

/** One recorded input of a build that is not what it was. */
export interface InputChange {
  readonly kind:
    | 'header'
    | 'source'
    | 'dependency'
    | 'directives'
    | 'kernel-config'
    | 'symbol'
    | 'compiler'
    | 'kbuild'
    | 'unrecorded';
  /** Path, symbol, module or program; what the kind calls for. */
  readonly name: string;
  readonly change: 'changed' | 'added' | 'removed';
}

/** Versions of modules by name, as they are installed for one kernel. */
export type ModuleVersions = Readonly<Record<string, string>>;

/** How a build came to be; `unknown` for one that another tool made. */
export type Origin = 'autoinstall' | 'manual' | 'unknown';

export interface BuildFacts {
  readonly origin: Origin;
  readonly installed: boolean;
  /** Not installed as it is, but files of an earlier build, or of an install cut short, are in the kernel's folder. */
  readonly remains?: true;
  /** The admin wants it to be made anew at the next occasion. */
  readonly marked?: true;
  /** When the build started, in ms since the epoch; 0 for one that another tool made. */
  readonly builtAt: number;
  /** Empty: nothing that went into the build has changed. */
  readonly changes: readonly InputChange[];
  /** Which versions of the modules that it depends on it was built against; left out where nothing says so. */
  readonly dependencies?: ModuleVersions;
}

/** The last attempt failed, and nothing that went into it has changed since. */
export interface FailureFacts {
  /** What failed and why; the first error that was said follows the first line. */
  readonly summary: string;
  readonly class: FailureClass;
  /** Host path. */
  readonly log: string;
  readonly at: number;
  /** The versions of the modules it depends on that the attempt was made against. */
  readonly dependencies?: ModuleVersions;
}

/** What is known of one module for one kernel. */
export interface PairFacts {
  readonly module: ModuleId;
  readonly kernel: string;
  readonly autoinstall: boolean;
  /** Names of the modules that must be installed for the kernel before this one can be built for it. */
  readonly depends?: readonly string[];
  /** Set when BUILD_EXCLUSIVE_* keeps the module from this kernel. */
  readonly excluded?: string;
  /** Why the module's dkms.conf does not count for this kernel; for another it may. */
  readonly problem?: ModuleProblem;
  /** What is wrong with the dkms.conf but keeps nobody from building. */
  readonly warnings?: readonly string[];
  readonly build?: BuildFacts;
  readonly failure?: FailureFacts;
}

export interface Facts {
  readonly kernels: readonly KernelFacts[];
  readonly modules: readonly ModuleFacts[];
  readonly pairs: readonly PairFacts[];
}

export type Action =
  | {
      readonly do: 'build';
      readonly module: ModuleId;
      readonly kernel: KernelId;
      readonly origin: Origin;
      /** The versions of other modules that have to be installed by then. */
      readonly dependencies?: ModuleVersions;
      readonly because: Reason;
    }
  | {
      readonly do: 'install' | 'uninstall' | 'unbuild';
      readonly module: ModuleId;
      readonly kernel: KernelId;
      /** As for a build: what goes only when something else has come. */
      readonly dependencies?: ModuleVersions;
      readonly because: Reason;
    }
  | { readonly do: 'register' | 'deregister'; readonly module: ModuleId; readonly because: Reason }
  /** Looks at the kernel's links to modules of others: proves those that fit, takes away those that do not. */
  | { readonly do: 'weak-links'; readonly kernel: KernelId; readonly because: Reason }
  | { readonly do: 'depmod'; readonly kernel: KernelId; readonly because: Reason }
  | {
      readonly do: 'initramfs';
      readonly kernel: KernelId;
      /** `auto`: only if a module that changed is in it or belongs there; whoever carries it out finds out. */
      readonly mode: 'auto' | 'always';
      /** Those whose change counts. */
      readonly modules: readonly ModuleId[];
      readonly because: Reason;
    };

export interface Skipped {
  readonly module: ModuleId;
  readonly kernel: string;
  /** What the policy makes of having to wait. */
  readonly severity?: 'warning' | 'failure';
  readonly because: SkipReason;
}

/** An ordered, closed set of actions: what `kmodsmith plan` prints and `perform` carries out. */
export interface Plan {
  readonly version: 1;
  readonly actions: readonly Action[];
  readonly skipped: readonly Skipped[];
}
