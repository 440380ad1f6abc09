import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modinfoValue, readModinfo, vermagicRelease } from '../../../src/formats/modinfo.ts';
import { object32, object64, writeElf } from './elf-specimens.ts';

function moduleWith(modinfo: string): Uint8Array {
  const sections = [{ name: '.modinfo', bytes: new TextEncoder().encode(modinfo) }];
  return writeElf({ wide: true, littleEndian: true, sections });
}

describe('readModinfo', () => {
  it.each([object64, object32])('reads a compiled file, padding between strings included', (bytes) => {
    const modinfo = readModinfo(bytes);
    expect(modinfo?.get('alias')).toEqual(['pci:b', 'pci:a']);
    expect(modinfo && modinfoValue(modinfo, 'license')).toBe('GPL');
    expect(modinfo && vermagicRelease(modinfo)).toBe('6.12.117+deb13-amd64');
  });

  it('keeps equals signs and non-ASCII letters of values', () => {
    const modinfo = readModinfo(moduleWith('parm=a:x=y\0author=Jürgen\0'));
    expect(modinfo).toEqual(
      new Map([
        ['parm', ['a:x=y']],
        ['author', ['Jürgen']],
      ]),
    );
  });

  it('leaves out what is no pair', () => {
    expect(readModinfo(moduleWith('rubbish\0=x\0\0k=\0'))).toEqual(new Map([['k', ['']]]));
  });

  it('treats keys of Object.prototype like others', () => {
    expect(readModinfo(moduleWith('__proto__=1\0constructor=2\0'))?.get('constructor')).toEqual(['2']);
  });

  it('declines rubbish and files without the section', () => {
    expect(readModinfo(new Uint8Array(100))).toBeUndefined();
    expect(readModinfo(writeElf({ wide: false, littleEndian: false, sections: [] }))).toBeUndefined();
  });

  it('survives any section', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const sections = [{ name: '.modinfo', bytes }];
        const modinfo = readModinfo(writeElf({ wide: true, littleEndian: true, sections }));
        expect(modinfo).toBeInstanceOf(Map);
      }),
    );
  });
});

describe('vermagicRelease', () => {
  it.each([
    ['vermagic=6.1.0-56-amd64 SMP mod_unload modversions \0', '6.1.0-56-amd64'],
    ['vermagic=6.1.0\0', '6.1.0'],
    ['vermagic=\0', undefined],
    ['license=GPL\0', undefined],
  ])('%j', (text, expected) => {
    expect(vermagicRelease(readModinfo(moduleWith(text)) ?? new Map())).toBe(expected);
  });
});
