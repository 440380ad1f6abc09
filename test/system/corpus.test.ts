import { beforeEach, expect, test } from 'vitest';
import { expectSameAsDkms } from '../support/compare.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

// One of each kind; `npm run test:long` has all packages and kernels.
test.each([
  { name: 'vpoll-dkms', kernel: '6.1', status: 0, how: 'builds with headers only' },
  { name: 'digimend-dkms', kernel: '6.12-cloud', status: 77, how: 'is not meant for that kernel' },
  { name: 'vhba-dkms', kernel: '7', status: 10, how: 'does not compile' },
] as const)('the drop-in does what dkms does: $name $how ($kernel)', async ({ name, kernel, status }) => {
  expect(await expectSameAsDkms(name, kernel)).toBe(status);
});
