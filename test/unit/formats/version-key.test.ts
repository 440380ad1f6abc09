import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersionKeys } from '../../../src/formats/version-key.ts';

const version = fc.oneof(
  fc.string(),
  fc
    .array(fc.constantFrom('0', '1', '9', '10', '007', '.', '-', 'rc', '~', ' ', 'é', '😀', '\uffee'))
    .map((parts) => parts.join('')),
);

describe('compareVersionKeys', () => {
  it.each([
    ['1.10', '1.9'],
    ['4.12-rc1', '4.12'],
    ['3.5-rc2', '3.5'],
    ['4.12.5', '4.12'],
    ['6.1.0-56-amd64', '6.1'],
    ['1.0~rc1', '1.0'],
    ['1000', '999'],
    ['v1.10', 'v1.9'],
    ['4.18.0-553.16.1.el8_10.x86_64', '4.18.0-553.9.1.el8_9.x86_64'],
    ['4.12.0', '4.12-rc1'],
    ['99999999999999999999999', '9999999999999999999999'],
    ['1.a', '1.2'],
    ['1.2', '1.-'],
    ['😀', '\uffee'],
  ])('%s > %s', (greater, less) => {
    expect(compareVersionKeys(greater, less)).toBe(1);
    expect(compareVersionKeys(less, greater)).toBe(-1);
  });

  it.each([
    ['1.0', '1.0'],
    ['1.02', '1.2'],
    ['1. 2', '1.2'],
    ['0', '000'],
    ['', ' '],
  ])('%s = %s', (a, b) => {
    expect(compareVersionKeys(a, b)).toBe(0);
  });

  it('is reflexive and antisymmetric', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(compareVersionKeys(a, a)).toBe(0);
        expect(compareVersionKeys(a, b) + compareVersionKeys(b, a)).toBe(0);
      }),
    );
  });

  it('is transitive', () => {
    fc.assert(
      fc.property(version, version, version, (...versions) => {
        const [low, middle, high] = versions.sort(compareVersionKeys);
        expect(compareVersionKeys(low ?? '', middle ?? '')).not.toBe(1);
        expect(compareVersionKeys(middle ?? '', high ?? '')).not.toBe(1);
        expect(compareVersionKeys(low ?? '', high ?? '')).not.toBe(1);
      }),
      { numRuns: 1000 },
    );
  });

  it('agrees with the padded keys of dkms wherever numbers have at most three digits', () => {
    const small = fc.stringMatching(/^([0-9]{1,3}[.~a-z-]){0,5}$/);
    const key = (text: string): string => text.replace(/\d+/g, (digits) => digits.padStart(3, '0'));
    fc.assert(
      fc.property(small, small, (a, b) => {
        const expected = key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
        expect(compareVersionKeys(a, b)).toBe(expected);
      }),
    );
  });
});
