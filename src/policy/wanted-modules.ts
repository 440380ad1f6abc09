import { type Policies, policyFor } from './policies.ts';
import { findPair } from './requests.ts';
import type { VersionCase } from './rule.ts';
import type { Facts, ModuleId } from './types.ts';
import { currentVersion } from './versions.ts';

/** Every registered module in the version that counts for a kernel; the highest where none can be built, so that it is told why. */
export function wantedModules(facts: Facts, release: string, policies: Policies): ModuleId[] {
  const byName = new Map<string, VersionCase[]>();
  for (const module of facts.modules) {
    const pair = module.registered ? findPair(facts, module, release) : undefined;
    if (pair === undefined) continue;
    const versions = byName.get(module.name) ?? [];
    byName.set(module.name, [...versions, { pair, module, policy: policyFor(policies, module) }]);
  }
  return [...byName.values()].flatMap((versions) => {
    const wanted = currentVersion(versions, []) ?? versions.at(-1);
    return wanted === undefined ? [] : [wanted.pair.module];
  });
}
