import type { ModuleId } from './types.ts';

/** Whether two mean the same version of the same module. */
export function isSameModule(a: ModuleId, b: ModuleId): boolean {
  return a.name === b.name && a.version === b.version;
}
