import { describe, expect, test } from 'vitest';
import { fuzzArguments } from '../support/fuzz/arguments.ts';
import { fuzzConfs } from '../support/fuzz/check-confs.ts';
import { fuzzTrees } from '../support/fuzz/check-trees.ts';
import { openSandbox, type Sandbox } from '../support/fuzz/sandbox.ts';

/** Another one for every day; what fails names it. */
const seed = Number(process.env['KMODSMITH_FUZZ_SEED'] ?? Math.floor(Date.now() / 86_400_000));

async function open(program: string): Promise<Sandbox> {
  const sandbox = await openSandbox(program);
  if (sandbox === undefined) throw new Error('namespaces cannot be made here');
  return sandbox;
}

// 10,000 inputs in all.
describe('fuzz', () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7])('500 files that are hardly a dkms.conf, part %i', async (part) => {
    const run = { seed: seed * 8 + part, count: 500, endless: 2 };
    const { inputs, problems } = await fuzzConfs(await open('evaluate.ts'), run);
    expect(problems).toEqual([]);
    expect(inputs).toBe(500);
  });

  test.each([0, 1, 2, 3])('150 trees full of rubbish, part %i', async (part) => {
    const { inputs, problems } = await fuzzTrees(await open('act.ts'), { seed: seed * 4 + part, count: 150 });
    expect(problems).toEqual([]);
    expect(inputs).toBe(150);
  });

  test('5,400 command lines', () => {
    fuzzArguments({ seed, numRuns: 5400 });
  });
});
