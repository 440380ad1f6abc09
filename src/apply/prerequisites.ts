import { moduleKey } from '../policy/identity.ts';
import type { Action } from '../policy/types.ts';

/**
 * For each action of a plan, how many of those before it have to be settled first: up to the last one that is about the
 * same module and kernel, about the module as a whole, or about what the action counts on other modules for.
 */
export function prerequisites(actions: readonly Action[]): number[] {
  /** By what an action may have to wait for: the number of actions up to the last one about it. */
  const settledBy = new Map<string, number>();
  return actions.map((action, index) => {
    const needed = Math.max(0, ...awaited(action).map((subject) => settledBy.get(subject) ?? 0));
    for (const subject of subjects(action)) settledBy.set(subject, index + 1);
    return needed;
  });
}

function awaited(action: Action): string[] {
  if (!('module' in action)) return [];
  const module = moduleKey(action.module);
  if (!('kernel' in action)) return [module, `${module} anywhere`];
  const { release } = action.kernel;
  const depends = 'dependencies' in action ? Object.keys(action.dependencies ?? {}) : [];
  return [module, `${module} ${release}`, ...depends.map((name) => `any ${name} ${release}`)];
}

function subjects(action: Action): string[] {
  if (!('module' in action)) return [];
  const module = moduleKey(action.module);
  if (!('kernel' in action)) return [module];
  const { release } = action.kernel;
  return [`${module} anywhere`, `${module} ${release}`, `any ${action.module.name} ${release}`];
}
