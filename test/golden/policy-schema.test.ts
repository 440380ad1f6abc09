import { join } from 'node:path';
import { expect, it } from 'vitest';
import { policySchema } from '../../src/config/policy-schema.ts';

it('docs/policy.schema.json is what kmodsmith policy schema prints', async () => {
  const file = join(import.meta.dirname, '../../docs/policy.schema.json');
  await expect(`${JSON.stringify(policySchema(), null, 2)}\n`).toMatchFileSnapshot(file);
});
