import { beforeEach, test } from 'vitest';
import { expectReproducible } from '../support/reproduce.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

// `npm run test:long` has all of them.
test.each(['acpi-call-dkms'])(
  '%s is built the same whatever the circumstances, and as dkms builds it',
  (package_) => expectReproducible(package_, '6.12'),
);
