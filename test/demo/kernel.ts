import type { ModuleId } from '../../src/policy/types.ts';

/** The kernel and the module that the demo plays with. Paths are below the scratch root. */
export interface DemoKernel {
  /** As `uname -r` would print it. */
  readonly release: string;
  /** The version of the headers package. */
  readonly version: string;
  readonly module: ModuleId;
  /** Where the headers are that modules include: holds include/linux/. */
  readonly headersFolder: string;
  /** A header that the module reads, relative to that folder. */
  readonly header: string;
  /** Puts the module's source into /usr/src. */
  installSource(root: string): Promise<void>;
  /** Lays the headers down, each file anew, as a package manager does; returns what it did, as lines to show. */
  installHeaders(root: string): Promise<readonly string[]>;
}
