import { beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { requireTestBed } from '../support/require-or-skip.ts';
import type { Difference } from './compare.ts';
import { judge } from './judge.ts';
import { runTwins } from './run-twins.ts';
import type { Scenario } from './scenario.ts';

const limit = 3 * 3600 * 1000;

/**
 * Defines a test for each scenario; those that are asked for (vitest's -t takes their names) run before the first is
 * judged. Returns what showed in all of them.
 */
export function defineSuite(scenarios: readonly Scenario[]): ReadonlySet<string> {
  const shown = new Set<string>();
  let differences: Map<string, Difference[]>;
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants a pattern there, and the suite is the second argument.
  beforeAll(async ({}, { tasks }) => {
    if (inject('testBedMissing') !== '') return;
    const asked = new Set(tasks.filter(({ mode }) => mode !== 'skip').map(({ name }) => name));
    differences = await runTwins(scenarios.filter(({ name }) => asked.has(name)));
  }, limit);
  beforeEach(requireTestBed);

  // Not test.each, which shortens names.
  for (const scenario of scenarios) {
    test(scenario.name, () => {
      const verdict = judge(scenario, differences.get(scenario.name) ?? []);
      for (const id of verdict.shown) shown.add(id);
      expect(verdict.report).toBe('');
    });
  }
  return shown;
}
