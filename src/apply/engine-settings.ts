import type { Framework } from '../config/framework.ts';
import type { BuildSettings } from '../core/build/request.ts';
import type { Layout } from '../core/layout.ts';
import type { Distribution } from '../distros/index.ts';
import { type SandboxFor, sandboxing } from './sandboxing.ts';
import { type SigningFor, signingFor } from './signing-for.ts';

export interface EngineOptions {
  readonly layout: Layout;
  readonly framework: Framework;
  readonly distribution: Distribution;
}

/** How the engine works for every kernel, and what differs between them. */
export interface EngineSettings extends Omit<BuildSettings, 'signing' | 'sandbox'> {
  readonly signingFor: SigningFor;
  readonly sandboxFor: SandboxFor;
}

/** How the engine builds: in a clean environment, and what the kernel would refuse is an error. */
export function engineSettings(options: EngineOptions): EngineSettings {
  const { layout, framework } = options;
  return {
    ...{ framework, environment: {} },
    signingFor: signingFor({ ...options, onWarning: warn }),
    sandboxFor: sandboxing(layout, warn),
    verification: 'strict',
    keepFailed: false,
    onWarning: warn,
  };
}

function warn(message: string): void {
  process.stderr.write(`kmodsmith: ${message}\n`);
}
