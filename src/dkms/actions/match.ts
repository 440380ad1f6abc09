import { listModules } from '../../core/tree.ts';
import { KmodsmithError } from '../../errors.ts';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import type { DkmsContext } from '../context.ts';
import { forEachKernel } from '../for-each-kernel.ts';
import { readTree } from '../read-module.ts';
import { isActive, requireRoot } from '../states.ts';
import { requireHeaders } from '../steps/build.ts';
import { installForKernel } from '../steps/install.ts';
import { transact } from '../steps/transaction.ts';
import { kernelLabel, namedKernels } from '../targets.ts';

/** `dkms match --templatekernel KERNEL -k KERNEL [MODULE]` (dkms-compat.md section 6.11). */
export async function match(context: DkmsContext): Promise<number> {
  const { line, output } = context;
  requireRoot();
  const [kernel] = namedKernels(context);
  const template = line.values.templateKernel ?? '';
  if (kernel === undefined || template === '') {
    throw new KmodsmithError('TEMPLATE_KERNEL_MISSING', 'match needs a kernel to go by', {
      hint: 'dkms match --templatekernel KERNEL -k KERNEL',
    });
  }
  if (template === kernel.release) {
    throw new KmodsmithError('TEMPLATE_KERNEL_SAME', `${template} would be matched with itself`, {
      hint: 'Give two kernels.',
    });
  }
  const modules = await listInstalled(context, { release: template, arch: kernel.arch });
  output.say(`Modules of ${template} for ${kernelLabel(kernel)}: ${modules.map(label).join(', ') || 'none'}`);
  if (modules.length === 0) return 0;
  const tree = await readTree(context, kernel.release);
  await requireHeaders(context, tree);
  return transact(context, async (transaction) => {
    let status = 0;
    for (const module of modules) {
      const failed = await forEachKernel(context, [kernel], () =>
        installForKernel(context, { module, kernel, transaction }),
      );
      status ||= failed;
    }
    return status;
  });
}

/** @throws KmodsmithError MODULE_UNKNOWN. */
async function listInstalled({ layout, line }: DkmsContext, at: KernelId): Promise<ModuleId[]> {
  const known = await listModules(layout);
  if (line.module !== undefined && !known.some(({ name }) => name === line.module)) {
    throw new KmodsmithError('MODULE_UNKNOWN', `${line.module} is not in ${layout.dkmsTree}`, {
      hint: "'dkms status' lists what is.",
    });
  }
  const wanted = known.filter(({ name }) => line.module === undefined || line.module === name);
  const installed = await Promise.all(wanted.map((module) => isActive(layout, { module, ...at })));
  return wanted.filter((_, index) => installed[index]);
}

function label({ name, version }: ModuleId): string {
  return `${name}/${version}`;
}
