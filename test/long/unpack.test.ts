import fc from 'fast-check';
import { test } from 'vitest';
import { hostileArchive, makeUnpackingSite } from '../support/hostile-archives.ts';
import { hostileModule, makeLoadingSite } from '../support/hostile-modules.ts';

test('50,000 hostile archives stay in their folder or are refused with a reason', async () => {
  using site = makeUnpackingSite();
  const property = fc.asyncProperty(hostileArchive, async (bytes) => {
    await site.unpack(bytes);
  });
  await fc.assert(property, { numRuns: 50_000 });
}, 3_600_000);

test('5,000 hostile archives of modules go where the module belongs or nowhere', async () => {
  using site = makeLoadingSite();
  const property = fc.asyncProperty(hostileModule, fc.boolean(), async (bytes, force) => {
    await site.load(bytes, force);
  });
  await fc.assert(property, { numRuns: 5000 });
}, 3_600_000);
