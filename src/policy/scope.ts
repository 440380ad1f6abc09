import type { ModuleId, PackageEvent } from './types.ts';

/** Which pairs a run looks at: those of the kernels and of the modules that events name. */
export interface Scope {
  readonly everything: boolean;
  readonly kernels: readonly string[];
  readonly modules: readonly ModuleId[];
}

export const everything: Scope = { everything: true, kernels: [], modules: [] };

/** An event of the toolkit itself concerns everything (policy.md section 4, "reconcile everything once"). */
export function scopeOf(events: readonly PackageEvent[]): Scope {
  return {
    everything: events.some((event) => event.subject === 'toolkit'),
    kernels: events.flatMap((event) => ('kernel' in event ? [event.kernel] : [])),
    modules: events.flatMap((event) => ('module' in event ? [event.module] : [])),
  };
}

/** A module is in scope in all its versions: another version of it may have to make way. */
export function inScope(scope: Scope, module: ModuleId, kernel: string): boolean {
  return (
    scope.everything ||
    scope.kernels.includes(kernel) ||
    scope.modules.some(({ name }) => name === module.name)
  );
}
