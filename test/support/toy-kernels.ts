import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInKernel } from '../demo/built-in-kernel.ts';
import { missingPrograms } from '../demo/programs.ts';
import type { ScratchRoot } from './scratch-root.ts';

/** The module that can be built for these kernels. */
export const toyModule = builtInKernel.module;

/** Kernels small enough to build for in a moment, images included. */
export const toyReleases = [builtInKernel.release, '6.2.0-demo'] as const;

/** Puts the kernels and the source of the module into the root; nothing is registered. */
export async function addToyKernels(root: ScratchRoot): Promise<void> {
  await builtInKernel.installSource(root.path);
  await builtInKernel.installHeaders(root.path);
  root.write('etc/os-release', 'ID=debian\n');
  for (const release of toyReleases) {
    const own = join(root.path, 'usr/src', `linux-headers-${release}`);
    if (release !== builtInKernel.release)
      cpSync(join(root.path, builtInKernel.headersFolder), own, { recursive: true });
    const utsrelease = join(own, 'include/generated/utsrelease.h');
    writeFileSync(utsrelease, readFileSync(utsrelease, 'utf8').replace(builtInKernel.release, release));
    root.write(`boot/vmlinuz-${release}`, '');
    root.write(`lib/modules/${release}/modules.builtin`, '');
    const link = join(root.path, 'lib/modules', release, 'build');
    rmSync(link, { force: true });
    symlinkSync(`/usr/src/linux-headers-${release}`, link);
  }
}

/** Takes the headers away, as a package manager does; the kernel stays. */
export function removeHeaders(root: ScratchRoot, release: string): void {
  rmSync(join(root.path, 'lib/modules', release, 'build'));
  rmSync(join(root.path, 'usr/src', `linux-headers-${release}`), { recursive: true });
}

/** What building takes, and is not here. */
export async function missingTools(): Promise<string | undefined> {
  const missing = await missingPrograms(['make', 'cc', 'ld', 'depmod']);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}
