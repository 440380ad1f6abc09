import { listBuilds } from '../core/tree.ts';
import { KmodsmithError } from '../errors.ts';
import { isKernelRelease, isModuleName, isModuleVersion } from '../formats/release-words.ts';
import { compareVersionKeys } from '../formats/version-key.ts';
import type { KernelId, ModuleId } from '../policy/types.ts';
import { machineName, runningRelease } from '../system/machine.ts';
import type { DkmsContext } from './context.ts';

/**
 * The module that the command line names.
 * @throws KmodsmithError MODULE_NOT_NAMED; for what cannot be a folder's name SOURCE_MISSING or MODULE_UNKNOWN.
 */
export function namedModule({ line }: DkmsContext): ModuleId {
  const { action = '', module: name = '', moduleVersion: version = '' } = line;
  if (isModuleName(name) && isModuleVersion(version)) return { name, version };
  const hint = `Give it as MODULE/VERSION: dkms ${action} -m MODULE -v VERSION`;
  if (name === '' || version === '')
    throw new KmodsmithError('MODULE_NOT_NAMED', `${action}: the module is not named`, { hint });
  // To dkms these are paths where it finds nothing.
  const code = ['add', 'build', 'install'].includes(action) ? 'SOURCE_MISSING' : 'MODULE_UNKNOWN';
  throw new KmodsmithError(code, `${action}: the module '${name}/${version}' cannot be one`, { hint });
}

/**
 * The kernels that the command line names, each with its architecture; the running one when it names none.
 * @throws KmodsmithError KERNEL_EMPTY.
 */
export function namedKernels({ line: { kernels, arches } }: DkmsContext): KernelId[] {
  const releases = kernels.length === 0 ? [runningRelease] : kernels;
  const labels = arches.length === 0 ? [machineName] : arches;
  return releases.map((release, index) => {
    const arch = (labels.length === 1 ? labels[0] : labels[index]) ?? '';
    if (isKernelRelease(release) && isKernelRelease(arch)) return { release, arch };
    const wrong = isKernelRelease(release) ? `architecture '${arch}'` : `kernel '${release}'`;
    throw new KmodsmithError('KERNEL_EMPTY', `the ${wrong} is none`, {
      hint: "Give kernels as 'uname -r' prints them.",
    });
  });
}

/** As `namedKernels`, or with --all every kernel for which the module is built, in the order of versions. */
export async function namedOrAllKernels(context: DkmsContext, module: ModuleId): Promise<KernelId[]> {
  if (!context.has('all')) return namedKernels(context);
  const builds = await listBuilds(context.layout, module);
  return builds
    .map(({ release, arch }) => ({ release, arch }))
    .sort((a, b) => compareVersionKeys(a.release, b.release) || compareVersionKeys(a.arch, b.arch));
}

export function kernelLabel({ release, arch }: KernelId): string {
  return `${release} (${arch})`;
}
