import type { KernelObject } from '../../core/conf/kernel-objects.ts';
import type { Placement } from '../../core/install/destinations.ts';
import { findInstalled, type InstalledSubject } from '../../core/install/installed-files.ts';
import { updateWeakModules } from '../../core/install/weak-modules.ts';
import type { ModuleId } from '../../policy/types.ts';
import { isLookedAfter } from '../../policy/weak-links.ts';
import type { DkmsContext } from '../context.ts';

/**
 * NO_WEAK_MODULES in the environment keeps dkms from looking for the tool (dkms-compat.md section 3.6); so does the policy
 * of the module, which is asked only where there is such a tool.
 */
export async function tellWeakModules(
  { layout, distribution, environment, output }: DkmsContext,
  change: 'add' | 'remove',
  {
    module,
    ...what
  }: { readonly module: ModuleId; readonly release: string; readonly paths: readonly string[] },
): Promise<void> {
  if (environment['NO_WEAK_MODULES'] || distribution.weakModules === undefined) return;
  const { loadPolicy } = await import('../../config/load-policy.ts');
  if (!isLookedAfter(module, (await loadPolicy(layout.root)).policies)) return;
  await updateWeakModules(change, { layout, distribution, ...what, onWarning: output.warn });
}

/** Where the modules of a build are now, as the tool wants to know before they go. */
export async function findInstalledPaths({
  layout,
  at,
  objects,
  placement,
}: Pick<InstalledSubject, 'layout' | 'at'> & {
  readonly objects: readonly KernelObject[];
  readonly placement: Placement;
}): Promise<string[]> {
  const paths = await Promise.all(
    objects.map((object) => findInstalled({ layout, at, object, ...placement })),
  );
  return paths.filter((path) => path !== undefined);
}
