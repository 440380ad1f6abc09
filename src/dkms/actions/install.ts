import { isRpm } from '../../core/archive/rpm.ts';
import type { DkmsContext } from '../context.ts';
import { forEachKernel } from '../for-each-kernel.ts';
import { refuseBroken, requireRoot } from '../states.ts';
import { bringModule } from '../steps/bring-module.ts';
import { installForKernel } from '../steps/install.ts';
import { transact } from '../steps/transaction.ts';
import { namedKernels } from '../targets.ts';

/** `dkms install MODULE/VERSION [-k KERNEL]...` (dkms-compat.md section 6.3). */
export async function install(context: DkmsContext): Promise<number> {
  const kernels = namedKernels(context);
  if (isRpm(context.line.values.archive ?? '')) return (await import('./ldtarball.ts')).ldtarball(context);
  requireRoot();
  return transact(context, async (transaction) => {
    const module = await bringModule(context);
    await refuseBroken(context.layout, module);
    return forEachKernel(context, kernels, (kernel) =>
      installForKernel(context, { module, kernel, transaction }),
    );
  });
}
