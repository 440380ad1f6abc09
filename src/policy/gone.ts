import type { KernelFacts } from './types.ts';

/**
 * Tells of a release whether nothing of that kernel is left on disk, neither its image nor headers: the notion of the
 * rule `kernel-removed`, without any event. Where no kernel has an image, /lib/modules or /boot may not be mounted, and
 * none counts as gone; nor does the one that runs.
 */
export function goneKernels(kernels: readonly KernelFacts[]): (release: string) => boolean {
  const hasKernels = kernels.some(({ image }) => image === 'present');
  const present = new Set(kernels.filter(isLeft).map(({ release }) => release));
  return (release) => hasKernels && !present.has(release);
}

function isLeft({ image, headers, running }: KernelFacts): boolean {
  return image === 'present' || headers.state !== 'absent' || running === true;
}
