import { expect, it } from 'vitest';
import { fitsGlob } from '../../../src/dkms/glob.ts';

it.each([
  { pattern: '*', name: 'v4l2loopback', fits: true },
  { pattern: 'v4l*', name: 'v4l2loopback', fits: true },
  { pattern: 'v4l', name: 'v4l2loopback', fits: false },
  { pattern: '?.0', name: '1.0', fits: true },
  { pattern: '1.0', name: '1x0', fits: false },
  { pattern: '[a-c]oo', name: 'boo', fits: true },
  { pattern: '[!a-c]oo', name: 'boo', fits: false },
  { pattern: '[^a-c]oo', name: 'zoo', fits: true },
  { pattern: '[', name: '[', fits: true },
  { pattern: 'a+b', name: 'a+b', fits: true },
  { pattern: '(x|y)', name: 'x', fits: false },
  { pattern: '[z-a]', name: '[z-a]', fits: true },
])('$pattern, $name: $fits', ({ pattern, name, fits }) => {
  expect(fitsGlob(pattern, name)).toBe(fits);
});
