import type { DkmsContext } from '../context.ts';
import { forEachKernel } from '../for-each-kernel.ts';
import { refuseBroken, requireAdded, requireTree } from '../states.ts';
import { transact } from '../steps/transaction.ts';
import { unbuildForKernel } from '../steps/unbuild.ts';
import { namedModule, namedOrAllKernels } from '../targets.ts';

/** `dkms unbuild MODULE/VERSION [-k KERNEL]... [--all]` (dkms-compat.md section 6.5). */
export async function unbuild(context: DkmsContext): Promise<number> {
  const { layout } = context;
  const module = namedModule(context);
  const kernels = await namedOrAllKernels(context, module);
  await refuseBroken(layout, module);
  await requireAdded(layout, module);
  await requireTree(layout);
  return transact(
    context,
    (transaction) =>
      forEachKernel(context, kernels, (kernel) => unbuildForKernel(context, { module, kernel, transaction })),
    kernels,
  );
}
