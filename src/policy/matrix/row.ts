import type { Transition } from '../types.ts';

/** The kernels of the rows, the oldest first. */
export const releases = { old: '6.1.0', running: '6.6.0', newest: '6.12.0', fresh: '6.18.0' } as const;

/** What a package manager does and tells: subject, transition and, where it is not about K or version 1.0, about what. */
export type Happening =
  | `${'image' | 'headers'}:${Transition}${'' | ':old'}`
  | `module:${Transition}${'' | ':2.0'}`
  | `toolkit:${Transition}`;

/** Something that can happen to a machine, as a row of the matrix. */
export interface Row {
  /** Stays the same whatever the row is called. */
  readonly id: string;
  readonly label: string;
  /** Transactions, one after the other; one in which nothing happens is a boot. */
  readonly told: readonly (readonly Happening[])[];
  /** What is so before; otherwise version 1.0 is registered, and all kernels have their headers. */
  readonly before?: Before;
  /** AUTOINSTALL changes with the package: `off` from yes to no, `on` the other way. */
  readonly flips?: 'on' | 'off';
  /** No build succeeds; inputs have changed, so that one is tried. */
  readonly fails?: true;
}

interface Before {
  /** The version that is there; none: the package comes for the first time. */
  readonly version?: '2.0' | 'none';
  /** Those of K. */
  readonly headers?: 'absent';
  /** K, a fresh one, is there, and has no builds. */
  readonly kernel?: 'unnoticed';
}

export interface RowGroup {
  readonly title: string;
  /** K: `old` is there with what is built for it, `fresh` is yet to come. */
  readonly kernel: 'old' | 'fresh';
  readonly rows: readonly Row[];
}
