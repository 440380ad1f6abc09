import fc from 'fast-check';
import { test } from 'vitest';
import { hostileArchive, makeUnpackingSite } from '../support/hostile-archives.ts';

test('100,000 hostile archives stay in their folder or are refused with a reason', async () => {
  using site = makeUnpackingSite();
  const property = fc.asyncProperty(hostileArchive, async (bytes) => {
    await site.unpack(bytes);
  });
  await fc.assert(property, { numRuns: 100_000 });
});
