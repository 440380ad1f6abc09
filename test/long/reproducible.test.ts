import { beforeEach, test } from 'vitest';
import { corpusPackages } from '../support/recipes.ts';
import { expectReproducible } from '../support/reproduce.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

test.each(corpusPackages)(
  '%s is built the same whatever the circumstances, and as dkms builds it',
  { timeout: 1_800_000 },
  (package_) => expectReproducible(package_, '6.12'),
);
