import { expect, it } from 'vitest';
import { isArchPackageName, parseSrcinfo } from '../../../src/formats/srcinfo.ts';

it('reads the base, the version and the packages, wherever they stand', () => {
  const text =
    'pkgbase = toy\n\tpkgdesc = pkgver = 9\n\tpkgver = 1.5.r3\n\tpkgrel = 2\n\tepoch = 1\n\npkgname = toy\n\npkgname = toy-dkms\n\tpkgdesc = two\n';
  expect(parseSrcinfo(text)).toEqual({ base: 'toy', version: '1.5.r3', packages: ['toy', 'toy-dkms'] });
});

it.each(['', 'pkgbase = toy\n', 'pkgbase = toy\n\tpkgver = 1\n', 'pkgname = toy\n\tpkgver = 1\n'])(
  'makes nothing of %j',
  (text) => {
    expect(parseSrcinfo(text)).toBeUndefined();
  },
);

it.each([
  ['linux-zen', true],
  ['lib32-x+y@z_1.0', true],
  ['', false],
  ['-x', false],
  ['.x', false],
  ['a/b', false],
  ['a b', false],
])('a package may be called %j: %s', (name, may) => {
  expect(isArchPackageName(name)).toBe(may);
});
