import { defaultPolicy, type KnobName, type Policy } from '../policy/knobs.ts';
import type { ParsedPolicyFile, PolicyProblem } from './policy-file.ts';

/** An effective value and the file (and line, from 1) that set it; without a file it is the default. */
type Provenance = {
  readonly [Name in KnobName]: {
    readonly value: Policy[Name];
    readonly file?: string;
    readonly line?: number;
  };
};

export interface LoadedPolicy {
  readonly policy: Policy;
  readonly provenance: Provenance;
  readonly problems: readonly PolicyProblem[];
}

/** Applies parsed files in the order given, the later one winning; pure, and never throws. */
export function mergePolicy(files: readonly ParsedPolicyFile[]): LoadedPolicy {
  let policy = defaultPolicy;
  let provenance: Provenance = defaultProvenance;
  for (const { knob, ...rest } of files.flatMap((file) => file.settings)) {
    policy = { ...policy, [knob]: rest.value };
    provenance = { ...provenance, [knob]: rest };
  }
  return { policy, provenance, problems: files.flatMap((file) => file.problems) };
}

const defaultProvenance = Object.fromEntries(
  Object.entries(defaultPolicy).map(([knob, value]) => [knob, { value }]),
) as Provenance;
