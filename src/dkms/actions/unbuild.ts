import { provenanceFile } from '../../core/layout.ts';
import { readProvenance } from '../../core/provenance/provenance.ts';
import { KmodsmithError } from '../../errors.ts';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import type { DkmsContext } from '../context.ts';
import { forEachKernel } from '../for-each-kernel.ts';
import { readModules } from '../read-module.ts';
import { refuseBroken, requireAdded, requireRoot, requireTree } from '../states.ts';
import { transact } from '../steps/transaction.ts';
import { unbuildForKernel } from '../steps/unbuild.ts';
import { listBuilt, unbuildAll } from '../steps/unbuild-all.ts';
import { namedKernels, namedModule, namedOrAllKernels } from '../targets.ts';

/**
 * `dkms unbuild --all-autoinstall [-k KERNEL]...`, which dkms has not: undoes what autoinstall did for the kernels, and
 * leaves what was built by hand (policy.md section 3; dkms issue #364).
 */
async function unbuildAutoinstalled(context: DkmsContext): Promise<number> {
  refuseModule(context);
  requireRoot();
  await requireTree(context.layout);
  return forEachKernel(context, namedKernels(context), async (kernel) => {
    const built = await listBuilt(context, kernel);
    const automatic = await Promise.all(
      built.map((module) => cameByAutoinstall(context, { module, kernel })),
    );
    await unbuildAll(
      context,
      kernel,
      built.filter((_, index) => automatic[index]),
    );
  });
}

/** @throws KmodsmithError USAGE. */
function refuseModule({ line }: DkmsContext): void {
  if (line.module === undefined || line.module === '') return;
  throw new KmodsmithError('USAGE', '--all-autoinstall and a module exclude each other', {
    hint: 'Name kernels with -k; all that autoinstall built for them is unbuilt.',
  });
}

/** dkms records nothing: its build of a module with AUTOINSTALL=yes counts as what its autoinstall made. */
async function cameByAutoinstall(
  context: DkmsContext,
  { module, kernel }: { module: ModuleId; kernel: KernelId },
): Promise<boolean> {
  const provenance = await readProvenance(provenanceFile(context.layout, { module, ...kernel }));
  if (provenance !== undefined) return provenance.origin === 'autoinstall';
  const [read] = await readModules(context, [{ module, kernel, errors: 'lenient' }]);
  return read !== undefined && !(read instanceof KmodsmithError) && read.conf.autoinstall;
}

/** `dkms unbuild MODULE/VERSION [-k KERNEL]... [--all]` (dkms-compat.md section 6.5). */
export async function unbuild(context: DkmsContext): Promise<number> {
  const { layout } = context;
  if (context.has('allAutoinstall')) return unbuildAutoinstalled(context);
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
