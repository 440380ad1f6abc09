import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isKernelRelease, isModuleName, isModuleVersion } from '../../../src/formats/release-words.ts';

const traversals = ['', '.', '..', '/', 'a/b', '../a', 'a/..', '/etc', '-x', '--all', '\0', 'a\0b'];
const broken = [
  'a b',
  ' a',
  'a ',
  'a\n',
  '\na',
  'a\tb',
  'a\x7f',
  'a\u00a0b',
  'a\u2028b',
  'a\u202eb',
  'a\u0085',
];

describe('isKernelRelease', () => {
  it.each([
    '6.12.117+deb13-amd64',
    '4.18.0-553.16.1.el8_10.x86_64',
    '6.9.3-arch1-1',
    '5.14.21~rc1',
    'kernel',
    '6',
  ])('accepts %s', (text) => {
    expect(isKernelRelease(text)).toBe(true);
  });

  it.each([...traversals, ...broken, '.hidden', '.6'])('refuses %j', (text) => {
    expect(isKernelRelease(text)).toBe(false);
  });

  it('accepts 64 bytes and no more', () => {
    expect(isKernelRelease('6'.repeat(64))).toBe(true);
    expect(isKernelRelease('6'.repeat(65))).toBe(false);
    expect(isKernelRelease('é'.repeat(33))).toBe(false);
  });
});

describe.each([
  ['isModuleName', isModuleName],
  ['isModuleVersion', isModuleVersion],
])('%s', (_name, accepts) => {
  it.each([
    'v4l2loopback',
    '0.15.0',
    '550.54.14-1ubuntu1',
    '1:2.3~rc1+git^1',
    'a@b,c=d',
    'a_b',
    '...',
    '2.3.',
  ])('accepts %s', (text) => {
    expect(accepts(text)).toBe(true);
  });

  it.each([...traversals, ...broken, 'a$b', 'a;b', 'a*', "a'b", 'a`b', 'a\\b', 'ä', 'a(b)'])(
    'refuses %j',
    (text) => {
      expect(accepts(text)).toBe(false);
    },
  );

  it('accepts what fits in a file name', () => {
    expect(accepts('a'.repeat(255))).toBe(true);
    expect(accepts('a'.repeat(256))).toBe(false);
  });
});

describe('every accepted word', () => {
  it('stays one component below its directory', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('.', '/', '-', 'a', '\n', '\0', ' ') }),
    );
    fc.assert(
      fc.property(text, (word) => {
        if (![isKernelRelease, isModuleName, isModuleVersion].some((accepts) => accepts(word))) return;
        expect(new URL(`file:///a/${encodeURIComponent(word)}/b`).pathname.split('/')).toHaveLength(4);
        expect(word).not.toMatch(/^-|[/\0\s]/);
      }),
      { numRuns: 2000 },
    );
  });
});
