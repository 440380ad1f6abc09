import type { SkipReason } from '../reasons.ts';
import { type Case, hasModuleArrived, isRemoval, kernelEvent, type Rule } from '../rule.ts';
import type { PackageEvent } from '../types.ts';
import { whatHinders } from './refresh.ts';

/** A kernel without a build of the module: one is made where the policy wants it, as soon as all that it takes is there. */
export const newBuild: Rule = (found) => {
  const { pair, module, predecessor } = found;
  if (pair.build !== undefined) return undefined;
  if (!module.registered) return { skip: { code: 'unregistered' } };
  if (isUntouched(found)) return { skip: { code: 'aborted' } };
  const isCarried = predecessor !== undefined && found.policy['module-upgrade'] === 'carry';
  const refusal = isCarried ? undefined : whyUnwanted(found);
  if (refusal !== undefined) return { skip: refusal };
  const hindrance = whatHinders(found);
  if (hindrance !== undefined) return { skip: hindrance };
  const code = 'new-kernel' as const;
  const from = predecessor?.module.version;
  return { do: ['build', 'install'], because: from === undefined ? { code } : { code: 'new-version', from } };
};

/** An aborted operation of the module's package brings nothing where it took nothing away. */
function isUntouched({ events, module }: Case): boolean {
  const isAborted = events.some(({ transition }) => transition === 'abort');
  const isAboutModule = events.every((event) => event.subject === 'module' && isNoArrival(event));
  return isAborted && isAboutModule && module.arriving !== true;
}

function isNoArrival(event: PackageEvent): boolean {
  return event.transition === 'abort' || isRemoval(event);
}

/** A module that arrives may be wanted for a kernel that would not get it by itself, and the other way round. */
function whyUnwanted(found: Case): SkipReason | undefined {
  const { events } = found;
  const isAboutModule = hasModuleArrived(found);
  const isAboutKernel = !isAboutModule || events.some(({ subject }) => subject !== 'module');
  const refusals = [
    ...(isAboutKernel ? [whyNotForKernel(found)] : []),
    ...(isAboutModule ? [whyNotForModule(found)] : []),
  ];
  return refusals.includes(undefined) ? undefined : refusals[0];
}

/** What a kernel gets (policy.md section 2, `new-kernel`), whenever it is looked at. */
function whyNotForKernel(found: Case): SkipReason | undefined {
  const { policy, isElsewhere } = found;
  const value = policy['new-kernel'];
  if (value === 'none') return { code: 'held-back', knob: 'new-kernel', value };
  const isFree = value === 'registered' || (value === 'installed-elsewhere' && isElsewhere);
  if (!isFree && isHeldBack(found, 'kernel')) return { code: 'autoinstall-off' };
  return hasKernel(found) ? undefined : { code: 'image-missing' };
}

/** Where a module goes that arrives (policy.md section 2, `module-scope`; section 4, "B for all kernels with headers"). */
function whyNotForModule(found: Case): SkipReason | undefined {
  const { kernel, machine, policy } = found;
  if (isHeldBack(found, 'module')) return { code: 'autoinstall-off' };
  const value = policy['module-scope'];
  if (value === 'all-with-headers') return undefined;
  // In a chroot nothing runs: the newest is the one that will.
  const inUse = value === 'running' && machine.running !== undefined ? [] : [machine.newest];
  const isInUse = [machine.running, ...inUse].includes(kernel.release);
  return isInUse ? undefined : { code: 'held-back', knob: 'module-scope', value };
}

function isHeldBack({ pair, policy }: Case, subject: 'kernel' | 'module'): boolean {
  return !pair.autoinstall && policy['autoinstall-applies-to'].includes(subject);
}

/** Headers alone are no kernel. They count when they just arrived: their image may be on its way. */
function hasKernel(found: Case): boolean {
  return (
    found.kernel.image === 'present' || kernelEvent(found, 'headers', ['install', 'upgrade', 'reconfigure'])
  );
}
