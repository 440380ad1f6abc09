import { expect, it } from 'vitest';
import { fuzzTrees } from '../support/fuzz/check-trees.ts';
import { openSandbox } from '../support/fuzz/sandbox.ts';
import { requireOrSkip } from '../support/require-or-skip.ts';

it('no rubbish in the trees stops us or makes us delete what is not ours', async (context) => {
  const sandbox = await openSandbox('act.ts');
  if (sandbox === undefined) return requireOrSkip(context, 'namespaces cannot be made here');
  const { inputs, problems } = await fuzzTrees(sandbox, { seed: 1, count: 30 });
  expect(problems).toEqual([]);
  expect(inputs).toBe(30);
}, 240_000);
