import { beforeEach, test } from 'vitest';
import { sample } from '../support/extent.ts';
import { expectReproducible } from '../support/reproduce.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

// `npm run test:long` has all of them.
test.each(sample(['acpi-call-dkms', 'gost-crypto-dkms', 'v4l2loopback-dkms'], 1))(
  '%s is built the same whatever the circumstances, and as dkms builds it',
  (package_) => expectReproducible(package_, '6.12'),
);
