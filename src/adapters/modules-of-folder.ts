import { isModuleName, isModuleVersion } from '../formats/release-words.ts';
import type { ModuleId } from '../policy/types.ts';

/**
 * Every module whose source could be in /usr/src/<folder>: names and versions may have dashes. Which of them it is, the
 * disk says (core/facts.ts).
 */
export function modulesOfFolder(folder: string): ModuleId[] {
  const dashes = [...folder.matchAll(/-/g)].map(({ index }) => index);
  return dashes
    .map((dash) => ({ name: folder.slice(0, dash), version: folder.slice(dash + 1) }))
    .filter(({ name, version }) => isModuleName(name) && isModuleVersion(version));
}
