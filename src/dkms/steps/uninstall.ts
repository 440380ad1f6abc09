import { runInstallScript } from '../../core/install/scripts.ts';
import { uninstallModule } from '../../core/install/uninstall.ts';
import { KmodsmithError } from '../../errors.ts';
import type { DkmsContext } from '../context.ts';
import { placementOf } from '../placement.ts';
import { type ReadModule, readModules } from '../read-module.ts';
import { isActive } from '../states.ts';
import type { KernelStep } from './install.ts';
import { scriptSite } from './script.ts';
import { findInstalledPaths, tellWeakModules } from './weak-modules.ts';

/**
 * Uninstalls a module from a kernel; tells whether it was installed (dkms-compat.md section 6.4). A dkms.conf that cannot
 * be read keeps nobody from removing what is there.
 */
export async function uninstallFromKernel(
  context: DkmsContext,
  { module, kernel, transaction }: KernelStep,
): Promise<boolean> {
  const { layout, output } = context;
  const at = { module, ...kernel };
  if (!(await isActive(layout, at))) return false;
  const read = await readLeniently(context, { module, kernel });
  const placement = await placementOf(context);
  const objects = read?.conf.objects;
  if (read?.conf.noWeakModules === false) {
    const paths = await findInstalledPaths({ layout, at, objects: read.conf.objects, placement });
    await tellWeakModules(context, 'remove', { module, release: kernel.release, paths });
  }
  const result = await uninstallModule({ layout, at, placement, objects });
  for (const path of result.deleted) output.say(`Deleted ${path}`);
  for (const path of result.restored) output.say(`Restored ${path}`);
  for (const path of result.replaced) output.warn(`${path} is another module by now and stays`);
  for (const { archive, origin } of result.unrestored)
    output.warn(`${archive} cannot go back to ${origin}, which is not one of ${kernel.release}'s`);
  transaction.kernels.add(kernel.release);
  if (read !== undefined) await runInstallScript(scriptSite(context, read), 'POST_REMOVE');
  return true;
}

async function readLeniently(
  context: DkmsContext,
  { module, kernel }: Pick<KernelStep, 'module' | 'kernel'>,
): Promise<ReadModule | undefined> {
  const [read] = await readModules(context, [{ module, kernel, errors: 'lenient' }]);
  if (!(read instanceof KmodsmithError)) return read;
  context.output.warn(`${read.message}; what is known without it is removed`);
  return undefined;
}
