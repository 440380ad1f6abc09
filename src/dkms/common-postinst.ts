import { join } from 'node:path';
import { listReleases } from '../core/kernels.ts';
import { moduleFolder } from '../core/layout.ts';
import { KmodsmithError } from '../errors.ts';
import { compareVersionKeys } from '../formats/version-key.ts';
import type { ModuleId } from '../policy/types.ts';
import { exists } from '../system/files.ts';
import { machineName, runningRelease } from '../system/machine.ts';
import { add } from './actions/add.ts';
import { build } from './actions/build.ts';
import { install } from './actions/install.ts';
import { ldtarball } from './actions/ldtarball.ts';
import { remove } from './actions/remove.ts';
import { type CommandLine, emptyCommandLine } from './command-line.ts';
import { type DkmsContext, openDkmsContext } from './context.ts';
import { recallKernels } from './last-kernels.ts';
import { openOutput } from './output.ts';
import { readModule } from './read-module.ts';
import { reportError } from './report-error.ts';
import { isBuilt } from './states.ts';

/**
 * `/usr/lib/dkms/common.postinst NAME VERSION TARBALL_ROOT [ARCH] [UPGRADE]`, which the maintainer scripts of modules'
 * packages call: registers the module anew and builds it for the kernels that matter (dkms-compat.md section 7).
 * Returns the exit status: that of the last build that failed.
 */
export async function commonPostinst(args: readonly string[]): Promise<number> {
  const [name = '', version = '', tarballRoot = '', arch = '', upgrade = ''] = args;
  const output = openOutput();
  if (name === '' || version === '') {
    output.say('Usage: common.postinst MODULE VERSION TARBALL_ROOT [ARCH] [UPGRADE]');
    return 1;
  }
  try {
    const context = { ...(await openDkmsContext(emptyCommandLine(), output)), isAutomatic: true };
    return await installPackage({ context, module: { name, version }, tarballRoot, arch, upgrade });
  } catch (error) {
    return reportError(error, output);
  }
}

interface PackageCall {
  readonly context: DkmsContext;
  readonly module: ModuleId;
  readonly tarballRoot: string;
  readonly arch: string;
  readonly upgrade: string;
}

async function installPackage(call: PackageCall): Promise<number> {
  const { context, module } = call;
  const { layout, output } = context;
  if (await exists(join(layout.configFolder, 'no-autoinstall'))) {
    output.say('Automatic installation of modules is switched off by /etc/dkms/no-autoinstall');
    return 0;
  }
  const registered = await register(call);
  if (registered !== 0) return registered;
  const before = await recallKernels(layout, module.name);
  if (!(await isAutoinstalled(call))) {
    output.say(`${module.name}/${module.version} is not built: its AUTOINSTALL is not yes`);
    return 0;
  }
  const kernels = await chooseKernels(call, before);
  if (kernels.length === 0) {
    output.warn(`there is no kernel here to build ${module.name}/${module.version} for`);
    return 0;
  }
  return buildForKernels(call, kernels);
}

/** By our own actions, as an admin would type them. */
function lineFor({ module, arch }: PackageCall, part: Partial<CommandLine>): CommandLine {
  const named = { module: module.name, moduleVersion: module.version };
  return { ...emptyCommandLine(), ...named, arches: arch === '' ? [] : [arch], ...part };
}

async function act(
  call: PackageCall,
  action: (context: DkmsContext) => Promise<number>,
  part: Partial<CommandLine>,
): Promise<number> {
  try {
    return await action({ ...call.context, ...contextPart(lineFor(call, part)) });
  } catch (error) {
    return reportError(error, call.context.output);
  }
}

function contextPart(line: CommandLine): Pick<DkmsContext, 'line' | 'has'> {
  return { line, has: (option) => line.flags.has(option) };
}

/** What an earlier version of the package left under this version makes room. */
async function register(call: PackageCall): Promise<number> {
  const { context, module, tarballRoot } = call;
  if (await exists(moduleFolder(context.layout, module))) {
    const removed = await act(call, remove, { action: 'remove', arches: [], flags: new Set(['all']) });
    if (removed !== 0) return removed;
  }
  const tarball = join(tarballRoot, `${module.name}-${module.version}.dkms.tar.gz`);
  if (tarballRoot === '' || !(await exists(tarball))) return act(call, add, { action: 'add' });
  const loaded = await act(call, ldtarball, { action: 'ldtarball', values: { archive: tarball } });
  return loaded === 0 ? 0 : 2;
}

async function isAutoinstalled({ context, module, arch }: PackageCall): Promise<boolean> {
  const kernel = { release: runningRelease, arch: arch === '' ? machineName : arch };
  return (await readModule(context, { module, kernel, errors: 'lenient' })).conf.autoinstall;
}

/**
 * The running kernel and the newest one; where the running kernel is none of this system's, as in a chroot or an
 * installer, all kernels, or on an upgrade the newest. And those that had the module before: dkms takes it from them.
 */
async function chooseKernels(call: PackageCall, before: readonly string[]): Promise<string[]> {
  const { layout, framework } = call.context;
  const releases = (await listReleases(layout)).sort(compareVersionKeys);
  const trees = releases.map((release) => exists(join(layout.installTree, release, 'build')));
  const present = await Promise.all(trees);
  const candidates = releases.filter((_, index) => present[index]);
  if (framework.autoinstallAllKernels) return candidates;
  const chosen = new Set([...before, ...(await usualKernels(call, candidates))]);
  return candidates.filter((release) => chosen.has(release));
}

async function usualKernels(
  { context, upgrade }: PackageCall,
  candidates: readonly string[],
): Promise<readonly string[]> {
  if (await exists(join(context.layout.installTree, runningRelease)))
    return [runningRelease, ...candidates.slice(-1)];
  context.output.say(
    `The running kernel ${runningRelease} is none of this system's; it may be that of a chroot's host`,
  );
  return upgrade === '' ? candidates : candidates.slice(-1);
}

async function buildForKernels(call: PackageCall, kernels: readonly string[]): Promise<number> {
  const { context, module, arch } = call;
  const { layout, framework, output } = context;
  output.say(`Building ${module.name}/${module.version} for ${kernels.join(', ')}`);
  let failed = 0;
  for (const release of kernels.filter((kernel) => !kernel.includes('BOOT'))) {
    const at = { module, release, arch: arch === '' ? machineName : arch };
    const status = await act(call, build, { action: 'build', kernels: [release] });
    if (status === excludedStatus) continue;
    if (status !== 0) {
      failed = status;
      if (framework.continueOnError) continue;
      return failed;
    }
    if (!(await isBuilt(layout, at))) continue;
    const installed = await act(call, install, { action: 'install', kernels: [release] });
    if (installed !== 0) return installed;
  }
  return failed;
}

/** A module that is not for a kernel is no failure. */
const excludedStatus = new KmodsmithError('MODULE_EXCLUDED', '').dkmsStatus;
