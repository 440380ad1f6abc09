import type { ModuleId, PackageEvent } from './types.ts';

/** Which pairs a run looks at: those of the kernels and of the modules that events name. */
export interface Scope {
  readonly everything: boolean;
  readonly kernels: readonly string[];
  readonly modules: readonly Pick<ModuleId, 'name'>[];
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

/** A module and the names of those that it depends on. */
interface Link {
  readonly module: ModuleId;
  readonly depends?: readonly string[];
}

/** A module comes with what it depends on and with what depends on it: one may have to be built for the other. */
export function withRelated(scope: Scope, links: readonly Link[]): Scope {
  if (scope.everything || scope.modules.length === 0) return scope;
  const related = new Map<string, Set<string>>();
  const relate = (a: string, b: string) => related.set(a, (related.get(a) ?? new Set()).add(b));
  for (const { module, depends = [] } of links) {
    for (const name of depends) {
      relate(module.name, name);
      relate(name, module.name);
    }
  }
  const names = new Set(scope.modules.map(({ name }) => name));
  // It grows while it is read.
  for (const name of names) for (const other of related.get(name) ?? []) names.add(other);
  return { ...scope, modules: [...names].map((name) => ({ name })) };
}

/** A module is in scope in all its versions: another version of it may have to make way. */
export function inScope(scope: Scope, module: Pick<ModuleId, 'name'>, kernel: string): boolean {
  return (
    scope.everything ||
    scope.kernels.includes(kernel) ||
    scope.modules.some(({ name }) => name === module.name)
  );
}
