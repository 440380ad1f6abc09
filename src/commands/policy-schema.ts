import { policySchema } from '../config/policy-schema.ts';
import { printJson } from './output.ts';

/** `kmodsmith policy schema`: what docs/policy.schema.json holds. */
export async function runPolicySchema(): Promise<number> {
  printJson(policySchema());
  return 0;
}
