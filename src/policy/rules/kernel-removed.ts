import { type Case, isRemoval, type Rule } from '../rule.ts';

/**
 * Builds go with their kernel (policy.md section 2, `kernel-removed`): when nothing of it is left on disk, or when its
 * package manager removes the image. Headers that stay behind keep no build alive then; headers without any removal
 * may be those of a kernel that is still to come.
 */
export const kernelRemoved: Rule = (found) => {
  if (!isGone(found)) return undefined;
  const { build } = found.pair;
  const because = { code: 'kernel-removed' } as const;
  if (build === undefined) return { skip: { code: 'image-missing' } };
  if (found.policy['kernel-removed'] !== 'keep-build') return { do: ['uninstall', 'unbuild'], because };
  if (build.installed || build.remains) return { do: ['uninstall'], because };
  return { skip: { code: 'image-missing' } };
};

/**
 * A removal that was recorded is over by now: if the image is there all the same, it was undone or failed. Without any
 * removal told, files that are missing mean a kernel that is gone only where other kernels are: a /lib/modules that is
 * not mounted, or not part of an image that is being made, holds none.
 */
function isGone({ kernel, machine, events }: Case): boolean {
  const removals = events.filter((event) => event.subject === 'image' && isRemoval(event));
  if (kernel.image === 'present') return removals.some((event) => event.underway === true);
  return removals.length > 0 || (machine.hasKernels && kernel.headers.state === 'absent');
}
