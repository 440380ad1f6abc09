import fc from 'fast-check';
import type { Sandbox } from './sandbox.ts';
import { treeCase } from './trees.ts';

const batchSize = 25;

/** Lets our commands loose on generated trees; returns what should not have happened. */
export async function fuzzTrees(sandbox: Sandbox, { seed, count }: { seed: number; count: number }) {
  const cases = fc.sample(treeCase, { seed, numRuns: count });
  const problems: string[] = [];
  for (let start = 0; start < count; start += batchSize) {
    const batch = cases.slice(start, start + batchSize);
    const results = await sandbox.run<string[][]>({ folder: sandbox.path, cases: batch }, 300);
    for (const [index, found] of results.entries()) {
      const what = `(seed ${seed}, input ${start + index}): ${JSON.stringify(batch[index])}`;
      problems.push(...found.map((problem) => `${problem} ${what}`));
    }
  }
  return { inputs: cases.length, problems };
}
