import { expect, it } from 'vitest';
import { fuzzConfs } from '../support/fuzz/check-confs.ts';
import { openSandbox } from '../support/fuzz/sandbox.ts';
import { requireOrSkip } from '../support/require-or-skip.ts';

it('no dkms.conf, however odd, stops us or makes us say nonsense', async (context) => {
  const sandbox = await openSandbox('evaluate.ts');
  if (sandbox === undefined) return requireOrSkip(context, 'namespaces cannot be made here');
  const { inputs, problems } = await fuzzConfs(sandbox, { seed: 1, count: 150, endless: 1 });
  expect(problems).toEqual([]);
  expect(inputs).toBe(150);
});
