import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hostileArchive, makeUnpackingSite } from '../../support/hostile-archives.ts';

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
