import { expect, test } from 'vitest';
import { knownDifferences } from '../differential/differences/index.ts';
import { runTwins } from '../differential/run-twins.ts';
import { scenarios } from '../differential/scenarios/index.ts';
import { defineSuite } from '../differential/suite.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

const shown = defineSuite(scenarios);

test('every known difference shows somewhere', () => {
  expect(knownDifferences.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([]);
});

test('no two scenarios have the same name', () => {
  const names = scenarios.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('the oracle agrees with itself', async (context) => {
  requireTestBed(context);
  const some = scenarios.filter((_, index) => index % 25 === 0);
  const differences = await runTwins(some, 'oracle');
  expect([...differences.values()].flat()).toEqual([]);
});
