import { beforeEach, describe, expect, test } from 'vitest';
import { expectSameAsDkms } from '../support/compare.ts';
import { corpusKernels } from '../support/corpus.ts';
import { corpusPackages } from '../support/recipes.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

describe.each(corpusPackages)('%s: the drop-in does what dkms does', (package_) => {
  test.each(corpusKernels)('for Linux %s', async (kernel) => {
    const status = await expectSameAsDkms(package_, kernel);
    // Elsewhere a package may be excluded or too old; two that both cannot build anything would be alike as well.
    if (kernel === '6.12') expect(status).toBe(0);
  });
});
