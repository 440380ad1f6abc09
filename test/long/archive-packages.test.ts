import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { expectSameLife } from '../support/archive/life.ts';
import { openPair, type SystemPair } from '../support/archive/systems.ts';
import { leftBehind } from '../support/list-files.ts';
import { archivePackages } from '../support/recipes.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

let pair: SystemPair;
beforeAll(async () => {
  if (inject('testBedMissing') === '') pair = await openPair();
});
afterAll(() => pair?.[Symbol.asyncDispose]());

// In the transactions of one life: depmod and apt look at everything each time.
test("fifteen packages of modules live on ours as on the distribution's dkms", { timeout: 7_200_000 }, () =>
  expectSameLife(pair, archivePackages),
);

test('nothing is left behind', async () => {
  const { root, before } = pair.ours;
  await root.run(['apt-get', 'purge', 'kmodsmith', 'kmodsmith-dkms']);
  expect(await leftBehind(root, before)).toEqual([]);
});
