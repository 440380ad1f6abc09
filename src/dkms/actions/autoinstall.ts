import type { DkmsContext } from '../context.ts';
import { requireRoot } from '../states.ts';
import { autoinstallKernel } from '../steps/autoinstall.ts';
import { transact } from '../steps/transaction.ts';
import { namedKernels } from '../targets.ts';

/** `dkms autoinstall [-k KERNEL]` (dkms-compat.md section 6.7). */
export async function autoinstall(context: DkmsContext): Promise<number> {
  const [kernel] = namedKernels(context);
  requireRoot();
  if (kernel === undefined) return 0;
  return transact(context, (transaction) => autoinstallKernel(context, kernel, transaction));
}
