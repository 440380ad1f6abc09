import { isRpm } from '../../core/archive/rpm.ts';
import type { DkmsContext } from '../context.ts';
import { forEachKernel } from '../for-each-kernel.ts';
import { refuseBroken, requireTree } from '../states.ts';
import { bringModule } from '../steps/bring-module.ts';
import { buildForKernel } from '../steps/build.ts';
import { openTree } from '../steps/open-tree.ts';
import { namedKernels } from '../targets.ts';

/** `dkms build MODULE/VERSION [-k KERNEL]...` (dkms-compat.md section 6.2). */
export async function build(context: DkmsContext): Promise<number> {
  const kernels = namedKernels(context);
  if (isRpm(context.line.values.archive ?? '')) return (await import('./ldtarball.ts')).ldtarball(context);
  await requireTree(context.layout);
  await using _lock = await openTree(context);
  const module = await bringModule(context);
  await refuseBroken(context.layout, module);
  return await forEachKernel(context, kernels, (kernel) =>
    buildForKernel(context, { module, kernel, again: context.has('force') }),
  );
}
