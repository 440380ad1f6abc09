import { beforeEach, expect, test } from 'vitest';
import { expectSameAsDkms } from '../support/compare.ts';
import { sample } from '../support/extent.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

// One of each kind; `npm run test:long` has all packages and kernels.
const kinds = [
  { name: 'vpoll-dkms', kernel: '6.1', status: 0, how: 'builds with headers only' },
  { name: 'digimend-dkms', kernel: '6.12-cloud', status: 77, how: 'is not meant for that kernel' },
  { name: 'vhba-dkms', kernel: '7', status: 10, how: 'does not compile' },
  { name: 'tp-smapi-dkms', kernel: '6.12', status: 0, how: 'builds, is signed, and replaces a module' },
] as const;
test.each(sample(kinds, 3))(
  'the drop-in does what dkms does: $name $how ($kernel)',
  async ({ name, kernel, status }) => {
    expect(await expectSameAsDkms(name, kernel)).toBe(status);
  },
);
