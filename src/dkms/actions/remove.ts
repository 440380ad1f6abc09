import { deregisterModule } from '../../core/install/uninstall.ts';
import { listBuilds } from '../../core/tree.ts';
import type { DkmsContext } from '../context.ts';
import { forEachKernel } from '../for-each-kernel.ts';
import { rememberKernels } from '../last-kernels.ts';
import { refuseBroken, requireAdded, requireTree } from '../states.ts';
import { isUpgradeUnderWay } from '../steps/rpm-upgrade.ts';
import { type Transaction, transact } from '../steps/transaction.ts';
import { unbuildForKernel } from '../steps/unbuild.ts';
import { namedModule, namedOrAllKernels } from '../targets.ts';

/** `dkms remove MODULE/VERSION [-k KERNEL]... [--all]` (dkms-compat.md section 6.6). The source stays. */
export async function remove(context: DkmsContext): Promise<number> {
  const { layout, output } = context;
  const module = namedModule(context);
  const kernels = await namedOrAllKernels(context, module);
  await refuseBroken(layout, module);
  await requireAdded(layout, module);
  await requireTree(layout);
  if (context.has('rpmSafeUpgrade') && (await isUpgradeUnderWay(layout, module))) {
    output.warn('nothing is removed: this rpm transaction has added the same module');
    return 0;
  }
  const takeAway = async (transaction: Transaction) => {
    const status = await forEachKernel(context, kernels, (kernel) =>
      unbuildForKernel(context, { module, kernel, transaction }),
    );
    if (status !== 0 || (await listBuilds(layout, module)).length > 0) return status;
    await deregisterModule(layout, module);
    if (context.has('all') && kernels.length > 0)
      await rememberKernels(
        layout,
        module.name,
        kernels.map(({ release }) => release),
      );
    transaction.changed = true;
    output.say(`Deleted ${module.name}/${module.version} from ${layout.dkmsTree}`);
    return status;
  };
  return transact(context, takeAway, kernels);
}
