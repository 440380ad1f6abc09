import type { ModuleId, PackageEvent } from '../policy/types.ts';

type AdapterId = 'dpkg' | 'pacman' | 'rpm';

/** One call of a native hook, as it was recorded. */
export interface HookCall {
  readonly adapter: string;
  /** Which of the adapter's hooks was called. */
  readonly entry: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** When, in milliseconds since the epoch. */
  readonly at: number;
}

/** The call brings no news: it is the moment to see to what others have told, or left. */
export type Chore =
  /**
   * `queue`: apply what is queued; `queue-before-images`: the same, and leave images to hooks that make them later in the
   * transaction; `images`: make those that nobody has made.
   */
  | { readonly chore: 'queue' | 'queue-before-images' | 'images' }
  /**
   * In the middle of a transaction: apply what is queued of this kernel, and what has arrived, and leave images to those
   * who come next. What goes is gone only when the transaction ends.
   */
  | { readonly chore: 'kernel-before-images'; readonly kernel: string };

/** The call means nothing to us; the reason is a fixed word, followed by the offending text after a colon. */
export interface Ignored {
  readonly ignored: string;
}

/** What a call of a native hook means. */
export type Meaning = readonly PackageEvent[] | Chore | Ignored;

/** Where the rendered hooks find the world. Absolute; tests point them elsewhere. */
export interface HookPaths {
  /** The dkms tree. */
  readonly tree: string;
  /** Our own state: the queue is `queue/` in it. */
  readonly state: string;
  /** The kmodsmith command. */
  readonly engine: string;
  /** The folder of the programs behind it. */
  readonly programs: string;
  /** The folder of the sources of modules. */
  readonly sources: string;
}

/** What to render. */
export type HookSpec = ToolkitSpec | ModuleSpec | KernelSpec;

/** The package of kmodsmith itself. */
interface ToolkitSpec {
  readonly kind: 'toolkit';
  readonly paths?: Partial<HookPaths>;
}

/** The package of a module. */
export interface ModuleSpec {
  readonly kind: 'module';
  /** As the package manager calls it. */
  readonly package: string;
  readonly module: ModuleId;
  /** Whole files, or what another tool is to put into files of its own. */
  readonly form: ScriptForm;
  readonly paths?: Partial<HookPaths>;
}

/** The package of a kernel that does not run the hooks of the distribution. */
export interface KernelSpec {
  readonly kind: 'kernel';
  readonly package: string;
  readonly part: 'image' | 'headers';
  readonly release: string;
  readonly form: ScriptForm;
  readonly paths?: Partial<HookPaths>;
}

export type ScriptForm = 'script' | 'snippet';

/** A file of the package: `path` is relative to its root, `mode` as in chmod(2). */
export interface RenderedFile {
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}

/** How one package manager behaves. Pure: it reads and writes nothing but its arguments and results. */
export interface Adapter {
  readonly id: AdapterId;
  readonly entries: readonly string[];
  /** What a call means. Never throws, whatever the call. */
  parseEvent(call: HookCall): Meaning;
  /** The native hook files; @throws KmodsmithError RENDER_UNSAFE for a spec that can not be written safely */
  renderHooks(spec: HookSpec): readonly RenderedFile[];
}
