import { isModuleRemoved, isRemoval } from './rule.ts';
import type { Facts, ModuleFacts, PackageEvent } from './types.ts';
import { hasLostSource } from './versions.ts';

/**
 * The events, and the removal of what earlier versions of a removed module have left: an upgrade keeps their builds where
 * the new version could not be built, and once its package goes there is none to follow them (policy.md section 4, "module
 * package removed": everywhere).
 */
export function withLeftBehind(events: readonly PackageEvent[], { modules }: Facts): readonly PackageEvent[] {
  const removals = events.filter((event) => event.subject === 'module' && isRemoval(event));
  if (removals.length === 0) return events;
  const isGone = (module: ModuleFacts) => isModuleRemoved(events, module);
  const hasHeir = ({ name }: ModuleFacts) =>
    modules.some((other) => other.name === name && !hasLostSource(other) && !isGone(other));
  const left = modules.filter((module) => hasLostSource(module) && !isGone(module) && !hasHeir(module));
  const derived = left.flatMap(({ name, version }) => {
    const removal = removals.find((event) => event.subject === 'module' && event.module.name === name);
    return removal === undefined ? [] : [{ ...removal, module: { name, version } }];
  });
  return [...events, ...derived];
}
