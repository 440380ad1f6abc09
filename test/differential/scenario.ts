/**
 * What is done to both twins. `{K}` and `{R}` stand for the releases of the two kernels, `{U}` for the running one;
 * in observations too.
 */
export interface Scenario {
  readonly name: string;
  /** By path; one that ends in a slash is a folder. */
  readonly files?: Readonly<Record<string, FileSpec>>;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Lines for a shell; what `dkms … status` prints is compared, and the state after each line. `dkms` is the twin's own,
   * `oracle-dkms` the distribution's in both.
   */
  readonly steps: readonly string[];
}

/** A file's content, a link, or a copy of a file that the root has. */
export type FileSpec =
  | string
  | { readonly content: string; readonly mode: number }
  | { readonly link: string }
  | { readonly copy: string };

export type Files = Readonly<Record<string, FileSpec>>;

/** All of what was seen of one scenario on one side, placeholders put in. */
export interface Observation {
  readonly steps: readonly StepObservation[];
  /** What is in the kernel objects that the steps name by their content's hash. */
  readonly objects: Readonly<Record<string, ObjectFacts>>;
}

export interface StepObservation {
  readonly exit: number | 'timeout';
  readonly stdout: string;
  readonly stderr: string;
  /** What `dkms status` prints afterwards. */
  readonly status: string;
  /** Against the state before the first step; null is gone. */
  readonly changes: Readonly<Record<string, Entry | null>>;
  /** By kernel folder. */
  readonly indexes: Readonly<Record<string, IndexState>>;
  readonly notes: readonly Note[];
  /** What was left in /tmp. */
  readonly litter: readonly string[];
}

export interface Entry {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly mode: string;
  readonly owner: string;
  readonly target?: string;
  /** Of the content, decompressed where the name says so. */
  readonly hash?: string;
  readonly text?: string;
  /** The names and modes in a tarball. */
  readonly members?: readonly string[];
  /** Still the time that the scenario's files were laid down with. */
  readonly oldTime?: boolean;
}

/** Whether modules.dep says what depmod would say now. */
export type IndexState = 'absent' | 'fresh' | 'stale';

export interface ObjectFacts {
  /** The fields of modinfo, but for the file's name and the signature's bytes. */
  readonly info: readonly string[];
  readonly hasDebugSections: boolean;
}

/** A program or script that wrote itself down. */
export interface Note {
  readonly name: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}
