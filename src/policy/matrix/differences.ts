import type { PresetName } from '../presets.ts';
import type { Difference } from './difference.ts';
import { archDifferences } from './differences-arch.ts';
import { debianDifferences } from './differences-debian.ts';
import { dkmsDifferences } from './differences-dkms.ts';
import { fedoraDifferences } from './differences-fedora.ts';

/** A distribution's own hooks, and where the preset that is named after it does something else. */
export interface Comparison {
  /** What it is compared with. */
  readonly with: string;
  readonly differences: readonly Difference[];
}

/** By preset; docs/distro-matrix.md says what the distributions do. */
export const comparisons: Readonly<Partial<Record<PresetName, Comparison>>> = {
  debian: { with: "the hooks of Debian 13's dkms 3.2.2", differences: debianDifferences },
  arch: { with: "the hooks of Arch's dkms", differences: archDifferences },
  fedora: { with: "the hooks of Fedora's dkms", differences: fedoraDifferences },
  'dkms-compat': { with: 'dkms 3.4 with the hooks that it brings', differences: dkmsDifferences },
};
