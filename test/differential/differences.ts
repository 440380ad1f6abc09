import type { Difference } from './compare.ts';

/** Where we and the oracle do not agree, and are right not to. */
export interface KnownDifference {
  readonly id: string;
  /** The item of docs/dkms-compat.md §12, or the dkms release after the oracle's 3.2.2 that changed it. */
  readonly why: string;
  readonly matches: (difference: Difference) => boolean;
  /** Wherever it shows; others only in the scenarios that name them. */
  readonly everywhere?: boolean;
}

export const knownDifferences: readonly KnownDifference[] = [];
