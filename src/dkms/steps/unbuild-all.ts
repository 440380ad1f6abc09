import { listModules } from '../../core/tree.ts';
import { KmodsmithError } from '../../errors.ts';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import type { DkmsContext } from '../context.ts';
import { reportError } from '../report-error.ts';
import { isBuilt } from '../states.ts';
import { kernelLabel } from '../targets.ts';
import { transact } from './transaction.ts';
import { unbuildForKernel } from './unbuild.ts';

/** The modules that are built for a kernel. */
export async function listBuilt({ layout }: DkmsContext, kernel: KernelId): Promise<ModuleId[]> {
  const modules = await listModules(layout);
  const built = await Promise.all(modules.map((module) => isBuilt(layout, { module, ...kernel })));
  return modules.filter((_, index) => built[index]);
}

/**
 * Takes modules out of a kernel, their builds too; one that fails stops no other.
 * @throws KmodsmithError KERNEL_HOOK_FAILED, naming those that failed.
 */
export async function unbuildAll(
  context: DkmsContext,
  kernel: KernelId,
  modules: readonly ModuleId[],
): Promise<number> {
  const { output } = context;
  if (modules.length === 0) return 0;
  return transact(context, async (transaction) => {
    const failed: string[] = [];
    for (const module of modules) {
      output.say(`Removing ${module.name}/${module.version} for ${kernelLabel(kernel)}`);
      try {
        await unbuildForKernel(withModule(context, module), { module, kernel, transaction });
      } catch (error) {
        failed.push(`${module.name}/${module.version}(${reportError(error, output)})`);
      }
    }
    if (failed.length === 0) return 0;
    const what = `${kernelLabel(kernel)} still has builds of ${failed.join(', ')}`;
    throw new KmodsmithError('KERNEL_HOOK_FAILED', what, { hint: 'The errors above say why.' });
  });
}

/** Where no command line names a module, its POST_REMOVE sees which one it is for (dkms-compat.md section 2.8). */
function withModule(context: DkmsContext, { name, version }: ModuleId): DkmsContext {
  return { ...context, environment: { ...context.environment, module: name, module_version: version } };
}
