import { beforeEach, describe, test } from 'vitest';
import { expectSameAsDkms } from '../support/compare.ts';
import { corpusKernels } from '../support/corpus.ts';
import { corpusPackages } from '../support/recipes.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

describe.each(corpusPackages)('%s: the drop-in does what dkms does', (package_) => {
  test.each(corpusKernels)('for Linux %s', async (kernel) => {
    await expectSameAsDkms(package_, kernel);
  });
});
