import { staleDependents } from '../../core/dependency-versions.ts';
import type { DkmsContext } from '../context.ts';
import { reportError } from '../report-error.ts';
import { isActive } from '../states.ts';
import { buildForKernel } from './build.ts';
import { installBuilt, type KernelStep } from './install.ts';

/**
 * Builds anew what was built against another version of a module (BUILD_DEPENDS_REBUILD, dkms-compat.md section 6.14).
 * The old build stays until the new one is there, and a failure is the dependent's own: dkms makes both the install's.
 */
export async function rebuildDependents(context: DkmsContext, step: KernelStep): Promise<void> {
  const { layout, output } = context;
  if (context.has('force')) return;
  const { kernel, transaction } = step;
  for (const module of await staleDependents(layout, kernel)) {
    const label = `${module.name}/${module.version}`;
    output.say(`Building ${label} anew: what it was built against is another version now`);
    try {
      const active = await isActive(layout, { module, ...kernel });
      await buildForKernel(context, { module, kernel, again: true });
      if (active)
        await installBuilt(
          context,
          { module, kernel, transaction },
          { replace: true, force: true, isFresh: true },
        );
    } catch (error) {
      reportError(error, output);
      output.warn(`${label} stays as it was built before`);
    }
  }
}
