import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hostileArchive, makeUnpackingSite } from '../support/hostile-archives.ts';
import { hostileModule, makeLoadingSite } from '../support/hostile-modules.ts';

it('whatever an archive holds, it stays in its folder or is refused with a reason', async () => {
  using site = makeUnpackingSite();
  let accepted = 0;
  const property = fc.asyncProperty(hostileArchive, async (bytes) => {
    if (await site.unpack(bytes)) accepted++;
  });
  await fc.assert(property, { numRuns: 2000 });
  // Or it would not have been looked at what is unpacked.
  expect(accepted).toBeGreaterThan(100);
}, 120_000);

it('whatever an archive of a module holds, it goes where that module belongs or nowhere', async () => {
  using site = makeLoadingSite();
  let accepted = 0;
  const property = fc.asyncProperty(hostileModule, fc.boolean(), async (bytes, force) => {
    if (await site.load(bytes, force)) accepted++;
  });
  await fc.assert(property, { numRuns: 100 });
  expect(accepted).toBeGreaterThan(10);
}, 120_000);
