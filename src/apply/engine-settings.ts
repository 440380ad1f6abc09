import type { Framework } from '../config/framework.ts';
import type { BuildSettings } from '../core/build/request.ts';
import type { Layout } from '../core/layout.ts';
import type { Distribution } from '../distros/index.ts';
import type { Policy } from '../policy/knobs.ts';
import { type SandboxFor, sandboxing } from './sandboxing.ts';
import { type SigningFor, signingFor } from './signing-for.ts';
import { type ToolchainFor, toolchainFor } from './toolchain-for.ts';
import { warn } from './warn.ts';

export interface EngineOptions {
  readonly layout: Layout;
  readonly framework: Framework;
  readonly distribution: Distribution;
  /** Jobs of all makes together; by default framework.conf's, then what the machine can take. */
  readonly jobs?: number | undefined;
  /** Default: normal. */
  readonly priority?: Policy['priority'];
}

/** How the engine works for every kernel, and what differs between them. */
export interface EngineSettings extends Omit<BuildSettings, 'signing' | 'sandbox' | 'toolchain'> {
  readonly signingFor: SigningFor;
  readonly sandboxFor: SandboxFor;
  readonly toolchainFor: ToolchainFor;
}

/** Below everything that somebody waits for; the disk comes last, but comes. */
const letOthersFirst = ['nice', '-n', '10', 'ionice', '-t', '-c', '2', '-n', '7'];

/** How the engine builds: in a controlled environment, and what the kernel would refuse is an error. */
export function engineSettings(options: EngineOptions): EngineSettings {
  const { layout, framework, distribution, jobs = framework.parallelJobs } = options;
  return {
    ...{ framework, jobs, environment: {} },
    signingFor: signingFor({ ...options, onWarning: warn }),
    sandboxFor: sandboxing(layout, warn),
    toolchainFor: toolchainFor(distribution),
    isControlled: true,
    politeness: options.priority === 'low' ? letOthersFirst : [],
    verification: 'strict',
    keepFailed: false,
    onWarning: warn,
  };
}
