import type { KernelId } from '../policy/types.ts';
import type { DkmsContext } from './context.ts';
import { reportError } from './report-error.ts';

/**
 * Does something for each kernel; one that fails never stops another. Returns 0 or the status of the first failure:
 * dkms's own is the last kernel's, so that a failure can go unnoticed (dkms-compat.md section 12, item 2).
 */
export async function forEachKernel(
  { output }: DkmsContext,
  kernels: readonly KernelId[],
  act: (kernel: KernelId) => Promise<void>,
): Promise<number> {
  let status = 0;
  for (const kernel of kernels) {
    try {
      await act(kernel);
    } catch (error) {
      const failed = reportError(error, output);
      status ||= failed;
    }
  }
  return status;
}
