import type { ModuleId } from './types.ts';

/** Whether two mean the same version of the same module. */
export function isSameModule(a: ModuleId, b: ModuleId): boolean {
  return a.name === b.name && a.version === b.version;
}

/** `name/version`: what a module is called in keys, policies and on command lines. */
export function moduleKey({ name, version }: ModuleId): string {
  return `${name}/${version}`;
}

/** The items of each module by its key, in their order. */
export function groupByModule<Item>(
  items: readonly Item[],
  moduleOf: (item: Item) => ModuleId,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = moduleKey(moduleOf(item));
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [item]);
    else known.push(item);
  }
  return groups;
}
