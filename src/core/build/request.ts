import type { Framework } from '../../config/framework.ts';
import type { Reason } from '../../policy/reasons.ts';
import type { KernelId, ModuleId, Origin } from '../../policy/types.ts';
import type { ReadConf } from '../conf/conf.ts';
import type { ConfVariables } from '../conf/dkms-conf.ts';
import type { KernelTree } from '../kernels.ts';
import type { Layout } from '../layout.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Signing } from '../signing/signing.ts';
import type { Toolchain } from './choose-toolchain.ts';
import type { Jobserver } from './jobserver.ts';

interface Shortcuts {
  /** A makefile for MAKEFILES (GNU make's manual) that knows what kbuild found for other modules. */
  readonly probes?: string | undefined;
}

/** How whoever asks for a build wants it done: the engine by its own rules, the drop-in as dkms does. */
export interface BuildSettings {
  readonly framework: Framework;
  /** What make and the scripts see besides what a build sets itself. */
  readonly environment: Readonly<Record<string, string>>;
  /** Jobs of one make; 0 is any number. Default: framework.conf's, then one for each processor. */
  readonly jobs?: number | undefined;
  /** Whether a module that the kernel would refuse is an error or a warning. */
  readonly verification: 'strict' | 'lenient';
  /** dkms leaves the build folder of a failed build to look at. */
  readonly keepFailed: boolean;
  /** What the programs of the build are kept in, and what they see of the machine. */
  readonly sandbox?: Sandbox;
  /** The compiler that was chosen for the kernel; without it, as dkms chooses. */
  readonly toolchain?: Toolchain;
  /** What may make the build faster; without, it is as plain as dkms's. */
  readonly shortcuts?: Shortcuts | undefined;
  /** Whether clock, user, path and running kernel are to be the same for every build; as for dkms they are as they are. */
  readonly isControlled?: boolean;
  /** By what all makes of a run share the processors; without one, each has `jobs`. */
  readonly jobserver?: Jobserver;
  /** Does what follows when the compilers are done: it takes no slot of the jobserver, and much memory. */
  readonly afterCompiling?: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Words before a command line that let other work of the machine go first. */
  readonly politeness?: readonly string[];
  /** How the modules are signed for a kernel. */
  readonly signing: Signing;
  /** Told what is worth knowing but stops nothing. */
  readonly onWarning: (message: string) => void;
}

export interface BuildRequest extends ReadConf {
  readonly layout: Layout;
  readonly module: ModuleId;
  readonly kernel: KernelId;
  readonly origin: Origin;
  /** Why it is built, for the record. */
  readonly because?: Reason;
  readonly variables: ConfVariables;
  readonly sourceFolder: string;
  readonly tree: KernelTree;
  readonly settings: BuildSettings;
}

/** The pair as messages name it. */
export function describe({ module, kernel }: Pick<BuildRequest, 'module' | 'kernel'>): string {
  return `${module.name} ${module.version} for ${kernel.release}`;
}
