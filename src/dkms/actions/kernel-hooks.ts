import { markForRebuild } from '../../core/rebuild-mark.ts';
import { KmodsmithError } from '../../errors.ts';
import type { DkmsContext } from '../context.ts';
import { readModules } from '../read-module.ts';
import { requireRoot } from '../states.ts';
import { openTree } from '../steps/open-tree.ts';
import { listBuilt, unbuildAll } from '../steps/unbuild-all.ts';
import { namedKernels } from '../targets.ts';
import { autoinstall } from './autoinstall.ts';

/** `dkms kernel_postinst -k KERNEL`: autoinstall for a kernel that has come. */
export const kernelPostinst = autoinstall;

/**
 * `dkms kernel_preinst -k KERNEL`: a kernel is about to be upgraded under its name, so that the builds for it have to be
 * made anew. dkms deletes them at this moment, before anybody knows whether that can be done; ours stay, marked, until
 * `autoinstall` has replaced them (dkms-compat.md section 12, item 15).
 */
export async function kernelPreinst(context: DkmsContext): Promise<number> {
  const { layout, output } = context;
  const [kernel] = namedKernels(context);
  requireRoot();
  if (kernel === undefined) return 0;
  await using _lock = await openTree(context);
  const built = await listBuilt(context, kernel);
  if (built.length === 0) return 0;
  const reads = await readModules(
    context,
    built.map((module) => ({ module, kernel, errors: 'lenient' }) as const),
  );
  for (const read of reads) {
    if (read instanceof KmodsmithError) output.warn(read.message);
    else if (read.conf.autoinstall) await markForRebuild(layout, { module: read.module, ...kernel });
  }
  return 0;
}

/** `dkms kernel_prerm -k KERNEL`: takes away all that was built for a kernel (dkms-compat.md section 6.9). */
export async function kernelPrerm(context: DkmsContext): Promise<number> {
  const [kernel] = namedKernels(context);
  requireRoot();
  if (kernel === undefined) return 0;
  return unbuildAll(context, kernel, await listBuilt(context, kernel));
}
