import type { Layout } from '../layout.ts';
import type { ConfRequest, ConfResult } from './dkms-conf.ts';

/** Who reads the dkms.conf files of a machine, and how: all ways of the engine to one lead through it. */
export interface ConfReader {
  readonly layout: Layout;
  /** By what the policy says of each one's module; a broken one never stops the others. */
  readonly evaluate: (requests: readonly ConfRequest[]) => Promise<readonly ConfResult[]>;
}
