import type { Framework } from '../config/framework.ts';
import type { BuildSettings } from '../core/build-request.ts';

/**
 * How the engine builds: in a clean environment, and what the kernel would refuse is an error. A key is never made
 * silently, so without one nothing is signed.
 */
export function engineSettings(framework: Framework): BuildSettings {
  return {
    framework,
    environment: {},
    verification: 'strict',
    keepFailed: false,
    signing: { sign: false, because: 'no signing key is configured' },
    onWarning: (message) => process.stderr.write(`kmodsmith: ${message}\n`),
  };
}
