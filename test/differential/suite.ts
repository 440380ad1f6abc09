import { beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { requireTestBed } from '../support/require-or-skip.ts';
import type { Difference } from './compare.ts';
import { judge } from './judge.ts';
import { runTwins } from './run-twins.ts';
import type { Scenario } from './scenario.ts';

const limit = 3 * 3600 * 1000;

/** Defines a test for each scenario; all of them run before the first is judged. Returns what showed in all of them. */
export function defineSuite(scenarios: readonly Scenario[]): ReadonlySet<string> {
  const shown = new Set<string>();
  let differences: Map<string, Difference[]>;
  beforeAll(async () => {
    if (inject('testBedMissing') === '') differences = await runTwins(scenarios);
  }, limit);
  beforeEach(requireTestBed);

  test.each(scenarios)('$name', (scenario) => {
    const verdict = judge(scenario, differences.get(scenario.name) ?? []);
    for (const id of verdict.shown) shown.add(id);
    expect(verdict.report).toBe('');
  });
  return shown;
}
