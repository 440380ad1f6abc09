import { moduleKey } from './identity.ts';
import { defaultPolicy, type Policy } from './knobs.ts';
import type { ModuleId } from './types.ts';

/** The policy of the machine, and where modules differ from it: plain data. */
export interface Policies {
  readonly base: Policy;
  /** By name, or by `name/version`, which counts more. */
  readonly modules: Readonly<Record<string, Partial<Policy>>>;
}

export const defaultPolicies: Policies = { base: defaultPolicy, modules: {} };

/** The effective policy for one version of a module. */
export function policyFor({ base, modules }: Policies, module: ModuleId): Policy {
  const [byName, byVersion] = [ownEntry(modules, module.name), ownEntry(modules, moduleKey(module))];
  return byName === undefined && byVersion === undefined ? base : { ...base, ...byName, ...byVersion };
}

function ownEntry<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Whether a failure of the module is one of the package operation, too. */
export function isFatal({ failure, critical }: Policy): boolean {
  return critical || failure === 'fail';
}
