import type { ConfReader } from '../core/conf/conf-reader.ts';
import { type ConfRequest, evaluateConfs } from '../core/conf/dkms-conf.ts';
import type { Layout } from '../core/layout.ts';
import { findWays } from '../core/sandbox/sandbox.ts';
import { type Policies, policyFor } from '../policy/policies.ts';
import { warn } from './warn.ts';

/** What was told already, for as long as the policy is in use. */
const told = new WeakMap<Policies, Set<string>>();

/**
 * Reads dkms.conf files by the policy: each in a sandbox, or not, as the knob says for its module. Why not is told once for
 * each reason. What is not a module yet goes by the policy of the machine.
 */
export function confReader({ layout, policies }: { layout: Layout; policies: Policies }): ConfReader {
  const reasons = told.get(policies) ?? new Set();
  told.set(policies, reasons);
  const onFallback = (because: string) => {
    if (!reasons.has(because)) warn(`dkms.conf files are evaluated without a sandbox: ${because}`);
    reasons.add(because);
  };
  const confinement = { findWays: () => findWays(layout.root), onFallback };
  const evaluate: ConfReader['evaluate'] = (requests) =>
    evaluateConfs(
      requests.map((request) => ({ ...request, sandbox: wishOf(request, policies) })),
      { confinement },
    );
  return { layout, evaluate };
}

function wishOf({ variables }: ConfRequest, policies: Policies) {
  const { module: name = '', module_version: version = '' } = variables;
  return policyFor(policies, { name, version }).sandbox;
}
