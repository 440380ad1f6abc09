import { expect, it } from 'vitest';
import { isPackageName, upstreamVersion } from '../../../src/formats/debian-words.ts';

const entry = (version: string) =>
  `toy (${version}) unstable; urgency=medium\n\n  * (1.9) is mentioned.\n\n -- A B <a@b>  Thu, 01 Jan 2026 00:00:00 +0000\n`;

it.each([
  ['1.0', '1.0'],
  ['1.0-1', '1.0'],
  ['2:1.0~rc1+git-2-1.1', '1.0~rc1+git-2'],
  ['0.15.0-2~bpo12+1', '0.15.0'],
])('%s is upstream %s', (version, upstream) => {
  expect(upstreamVersion(entry(version))).toBe(upstream);
  expect(upstreamVersion(`\n${entry(version)}\n${entry('0.1-1')}`)).toBe(upstream);
});

it.each(['', 'toy 1.0\n', 'toy () unstable\n'])('%j has none', (text) => {
  expect(upstreamVersion(text)).toBeUndefined();
});

it.each(['linux-image-6.12.1+deb13-amd64', 'g++', '0ad', 'toy-dkms'])('%s may be a package', (name) => {
  expect(isPackageName(name)).toBe(true);
});

it.each(['', 'x', 'Toy', '-toy', '../toy', 'toy_1', 'toy dkms', 'toy\n'])('%j may not', (name) => {
  expect(isPackageName(name)).toBe(false);
});
