import { describe, expect, test } from 'vitest';
import { fuzzConfs } from '../support/fuzz/check-confs.ts';
import { openSandbox } from '../support/fuzz/sandbox.ts';

/** Another one for every day; what fails names it. */
const seed = Number(process.env['KMODSMITH_FUZZ_SEED'] ?? Math.floor(Date.now() / 86_400_000));

describe('dkms.conf', () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7])('500 odd ones, part %i', async (part) => {
    const sandbox = await openSandbox('evaluate.ts');
    if (sandbox === undefined) throw new Error('namespaces cannot be made here');
    const { inputs, problems } = await fuzzConfs(sandbox, { seed: seed * 8 + part, count: 500, endless: 2 });
    expect(problems).toEqual([]);
    expect(inputs).toBe(500);
  });
});
