import { type Case, isArrival, isReconfiguredSince, kernelEvent, type Rule } from '../rule.ts';
import { failureOf, waitingForHeaders } from './refresh.ts';

/** A kernel without a build of the module: AUTOINSTALL modules get one as soon as the headers are ready. */
export const newBuild: Rule = (found) => {
  const { pair, kernel, module } = found;
  if (pair.build !== undefined) return undefined;
  if (!pair.autoinstall || !module.registered) return { skip: { code: 'autoinstall-off' } };
  if (!isWanted(found)) return { skip: { code: 'image-missing' } };
  const waiting = waitingForHeaders(kernel);
  if (waiting !== undefined) return { skip: waiting };
  if (pair.failure !== undefined && !isReconfiguredSince(found, pair.failure.at)) {
    return { skip: { code: 'failed-before', ...failureOf(pair.failure) } };
  }
  return { do: ['build', 'install'], because: { code: 'new-kernel' } };
};

/**
 * Headers alone are no kernel. They count when they just arrived (their image may be on its way), or when the
 * module did (policy.md section 4, "B for all kernels with headers").
 */
function isWanted(found: Case): boolean {
  if (found.kernel.image === 'present') return true;
  return (
    kernelEvent(found, 'headers', ['install', 'upgrade', 'reconfigure']) ||
    found.events.some((event) => event.subject === 'module' && isArrival(event))
  );
}
