import { type Case, isRemoval, type Rule } from '../rule.ts';

/**
 * Builds go with their kernel (policy.md section 2, `kernel-removed`): when nothing of it is left on disk, or when its
 * package manager removes the image. Headers that stay behind keep no build alive then; headers without any removal
 * may be those of a kernel that is still to come.
 */
export const kernelRemoved: Rule = (found) => {
  if (!isGone(found)) return undefined;
  if (found.pair.build === undefined) return { skip: { code: 'image-missing' } };
  return { do: ['uninstall', 'unbuild'], because: { code: 'kernel-removed' } };
};

/**
 * A removal that was recorded is over by now: if the image is there all the same, it was undone or failed. Without any
 * removal told, files that are missing mean a kernel that is gone only where other kernels are: a /lib/modules that is
 * not mounted, or not part of an image that is being made, holds none.
 */
function isGone({ kernel, hasKernels, events }: Case): boolean {
  const removals = events.filter((event) => event.subject === 'image' && isRemoval(event));
  if (kernel.image === 'present') return removals.some((event) => event.underway === true);
  return removals.length > 0 || (hasKernels && kernel.headers.state === 'absent');
}
