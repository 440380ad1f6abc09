import { compilerEnvironment } from '../../core/build/compiler-environment.ts';
import { checkInstallable, type InstallRequest, installModule } from '../../core/install/install.ts';
import { requireWritableModules } from '../../core/install/read-only.ts';
import { describeRefusal } from '../../core/install/refusal.ts';
import { runInstallScript, runPreInstall } from '../../core/install/scripts.ts';
import { isMarkedForRebuild } from '../../core/rebuild-mark.ts';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import type { DkmsContext } from '../context.ts';
import { readForcedModules } from '../forced-modules.ts';
import { placementOf } from '../placement.ts';
import { readModule } from '../read-module.ts';
import { isActive, isBuilt } from '../states.ts';
import { kernelLabel } from '../targets.ts';
import { buildForKernel } from './build.ts';
import { rebuildDependents } from './dependents.ts';
import { scriptSite, withScriptVariables } from './script.ts';
import type { Transaction } from './transaction.ts';
import { tellWeakModules } from './weak-modules.ts';

export interface KernelStep {
  readonly module: ModuleId;
  readonly kernel: KernelId;
  readonly transaction: Transaction;
}

/**
 * Installs a module for a kernel unless that is done, building it where needed (dkms-compat.md section 6.3). With
 * --force what is installed is replaced, never missing in between.
 * @throws KmodsmithError whatever keeps it from being built or installed.
 */
export async function installForKernel(context: DkmsContext, step: KernelStep): Promise<void> {
  const { layout, output } = context;
  const { module, kernel } = step;
  const at = { module, ...kernel };
  const label = `${module.name}/${module.version}`;
  const isMarked = await isMarkedForRebuild(layout, at);
  const force = context.has('force') || context.has('rpmSafeUpgrade') || isMarked;
  const active = await isActive(layout, at);
  if (active && !force) {
    output.say(`${label} is installed for ${kernelLabel(kernel)} already; --force installs it again`);
    return;
  }
  await requireWritableModules(layout, kernel.release);
  const isFresh = isMarked || !(await isBuilt(layout, at));
  if (isFresh) await buildForKernel(context, { module, kernel, again: isMarked });
  await installBuilt(context, step, { replace: active, force, isFresh });
  await rebuildDependents(context, step);
}

interface Manner {
  /** Whether this very version is installed, and gives way. */
  readonly replace: boolean;
  readonly force: boolean;
  /** Whether it has just been built: then its scripts know the compiler too (dkms-compat.md section 2.8). */
  readonly isFresh: boolean;
}

/** Installs a build that is there, with the scripts around it. */
export async function installBuilt(
  context: DkmsContext,
  { module, kernel, transaction }: KernelStep,
  { replace, force, isFresh }: Manner,
): Promise<void> {
  const { layout, output } = context;
  const forced = await readForcedModules();
  const read = await readModule(context, { module, kernel, errors: 'strict' });
  const request: InstallRequest = {
    ...(await placementOf(context)),
    layout,
    at: { module, ...kernel },
    // What was built for the kernel is installed, whatever the dkms.conf excludes by now.
    objects: read.excluded === undefined ? read.objects : read.conf.objects,
    symlink: context.framework.symlinkModules,
    obsoleteBy: read.conf.obsoleteBy,
    force: force || forced.modules.has(module.name),
    versionOverride: context.has('forceVersionOverride') || forced.versions.has(module.name),
  };
  await checkInstallable(request);
  const site = scriptSite(context, read);
  const own = withScriptVariables(site, isFresh ? await compilerEnvironment(read.tree) : {});
  if (replace) await runInstallScript(site, 'POST_REMOVE');
  await runPreInstall(own, { force: request.force === true });
  const { installed, refused } = await installModule(request);
  for (const { path, archived } of installed) {
    for (const original of archived) output.say(`Archived ${original} until this is uninstalled`);
    output.say(`Installed ${path}`);
  }
  for (const refusal of refused) output.warn(describeRefusal(refusal));
  transaction.kernels.add(kernel.release);
  if (!read.conf.noWeakModules) {
    const paths = installed.map(({ path }) => path);
    await tellWeakModules(context, 'add', { module, release: kernel.release, paths });
  }
  await runInstallScript(own, 'POST_INSTALL');
}
