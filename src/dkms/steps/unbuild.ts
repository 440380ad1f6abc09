import { unbuildModule } from '../../core/install/uninstall.ts';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import type { DkmsContext } from '../context.ts';
import { isBuilt } from '../states.ts';
import { kernelLabel } from '../targets.ts';
import type { Transaction } from './transaction.ts';
import { uninstallFromKernel } from './uninstall.ts';

/** Uninstalls a build and deletes it; says so when there is none (dkms-compat.md section 6.5). */
export async function unbuildForKernel(
  context: DkmsContext,
  { module, kernel, transaction }: { module: ModuleId; kernel: KernelId; transaction: Transaction },
): Promise<void> {
  const { layout, output } = context;
  const at = { module, ...kernel };
  const label = `${module.name}/${module.version}`;
  await uninstallFromKernel(context, { module, kernel, transaction });
  if (!(await isBuilt(layout, at))) {
    output.say(`${label} is not built for ${kernelLabel(kernel)}; nothing to delete`);
    return;
  }
  await unbuildModule(layout, at);
  transaction.changed = true;
  output.say(`Deleted the build of ${label} for ${kernelLabel(kernel)}`);
}
