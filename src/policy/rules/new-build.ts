import { type Case, isArrival, kernelEvent, type Rule } from '../rule.ts';
import { whatHinders } from './refresh.ts';

/** A kernel without a build of the module: AUTOINSTALL modules get one as soon as all that it takes is there. */
export const newBuild: Rule = (found) => {
  const { pair, module } = found;
  if (pair.build !== undefined) return undefined;
  if (!pair.autoinstall || !module.registered) return { skip: { code: 'autoinstall-off' } };
  if (!isWanted(found)) return { skip: { code: 'image-missing' } };
  const hindrance = whatHinders(found);
  if (hindrance !== undefined) return { skip: hindrance };
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
