import type { DkmsContext } from '../context.ts';
import { forEachKernel } from '../for-each-kernel.ts';
import { refuseBroken, requireAdded, requireRoot } from '../states.ts';
import { transact } from '../steps/transaction.ts';
import { uninstallFromKernel } from '../steps/uninstall.ts';
import { kernelLabel, namedModule, namedOrAllKernels } from '../targets.ts';

/** `dkms uninstall MODULE/VERSION [-k KERNEL]... [--all]` (dkms-compat.md section 6.4). */
export async function uninstall(context: DkmsContext): Promise<number> {
  const { layout } = context;
  const module = namedModule(context);
  const kernels = await namedOrAllKernels(context, module);
  await refuseBroken(layout, module);
  await requireAdded(layout, module);
  requireRoot();
  return transact(
    context,
    (transaction) =>
      forEachKernel(context, kernels, async (kernel) => {
        if (await uninstallFromKernel(context, { module, kernel, transaction })) return;
        const label = `${module.name}/${module.version}`;
        context.output.say(`${label} is not installed for ${kernelLabel(kernel)}; nothing to uninstall`);
      }),
    kernels,
  );
}
