import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { expectSameLife, expectSameStep } from '../support/archive/life.ts';
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

test.each(archivePackages)(
  "%s lives on ours as on the distribution's dkms",
  { timeout: 3_600_000 },
  (package_) => expectSameLife(pair, [package_]),
);

test('all of them come and go in one transaction', { timeout: 3_600_000 }, async () => {
  await expectSameStep(
    pair,
    'install',
    ...archivePackages.map((name) => `/var/cache/module-debs/${name}.deb`),
  );
  const gone = await expectSameStep(pair, 'purge', ...archivePackages);
  expect(gone).toMatchObject({ packages: '', status: '', loaded: {} });
});

test('nothing is left behind', async () => {
  const { root, before } = pair.ours;
  await root.run(['apt-get', 'purge', 'kmodsmith', 'kmodsmith-dkms']);
  expect(await leftBehind(root, before)).toEqual([]);
});
