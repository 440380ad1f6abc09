import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readElf, sectionBytes } from '../../../src/formats/elf.ts';
import { undefinedSymbols } from '../../../src/formats/elf-symbols.ts';
import { object32, object64, writeElf, writeSymbol } from './elf-specimens.ts';

const text = new TextEncoder();

function readAll(bytes: Uint8Array): unknown {
  const elf = readElf(bytes);
  if (!elf) return undefined;
  for (const { name } of elf.sections) sectionBytes(elf, bytes, name);
  return undefinedSymbols(elf, bytes);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe('readElf', () => {
  it.each([
    { bytes: object64, class: 64, machine: 62 },
    { bytes: object32, class: 32, machine: 3 },
  ])('reads a real object file of $class bits', ({ bytes, ...expected }) => {
    const elf = readElf(bytes);
    expect(elf).toMatchObject({ ...expected, littleEndian: true, type: 1 });
    expect(elf?.sections.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['', '.text', '.modinfo', '.symtab', '.strtab', '.shstrtab']),
    );
  });

  it.each([
    { wide: true, littleEndian: true },
    { wide: true, littleEndian: false },
    { wide: false, littleEndian: true },
    { wide: false, littleEndian: false },
  ])('reads every class and byte order: $wide, $littleEndian', (layout) => {
    const symbols = concat([
      writeSymbol(layout, { nameOffset: 0, binding: 0 }),
      writeSymbol(layout, { nameOffset: 1, binding: 1 }),
      writeSymbol(layout, { nameOffset: 4, binding: 2 }),
      writeSymbol(layout, { nameOffset: 1, binding: 1, section: 2 }),
      writeSymbol(layout, { nameOffset: 1, binding: 0 }),
    ]);
    const bytes = writeElf({
      ...layout,
      sections: [
        { name: '.strtab', bytes: text.encode('\0ab\0cd\0'), type: 3 },
        { name: '.symtab', bytes: symbols, type: 2, link: 1, entrySize: layout.wide ? 24 : 16 },
      ],
    });
    const elf = readElf(bytes);
    expect(elf).toMatchObject({
      class: layout.wide ? 64 : 32,
      littleEndian: layout.littleEndian,
      machine: 21,
    });
    expect(elf && undefinedSymbols(elf, bytes)).toEqual([
      { name: 'ab', weak: false },
      { name: 'cd', weak: true },
    ]);
  });

  it('reads a view into a larger buffer', () => {
    const larger = new Uint8Array(object64.length + 7);
    larger.set(object64, 7);
    expect(readElf(larger.subarray(7))).toEqual(readElf(object64));
  });

  it('declines what is no ELF file', () => {
    for (const bytes of [new Uint8Array(), text.encode('\x7fELF'), text.encode('#!/bin/sh\n'.repeat(20))])
      expect(readElf(bytes)).toBeUndefined();
  });

  it('declines a section count beyond the file', () => {
    const bytes = object64.slice();
    new DataView(bytes.buffer).setUint16(60, 0xfff0, true);
    expect(readElf(bytes)).toBeUndefined();
  });

  it('reads the section count from the first section when the header has none', () => {
    const bytes = object64.slice();
    const view = new DataView(bytes.buffer);
    const table = Number(view.getBigUint64(40, true));
    view.setBigUint64(table + 32, BigInt(view.getUint16(60, true)), true);
    view.setUint32(table + 40, view.getUint16(62, true), true);
    view.setUint16(60, 0, true);
    view.setUint16(62, 0xffff, true);
    expect(readElf(bytes)?.sections.slice(1)).toEqual(readElf(object64)?.sections.slice(1));
  });

  it('declines names that together exceed the file many times', () => {
    const long = text.encode(`${'x'.repeat(20_000)}\0`);
    const bytes = writeElf({
      wide: true,
      littleEndian: true,
      sections: Array.from({ length: 200 }, () => ({ name: '', bytes: new Uint8Array() })).concat({
        name: 'x'.repeat(20_000),
        bytes: long,
      }),
    });
    const elfTable = bytes.length - 203 * 64;
    const view = new DataView(bytes.buffer);
    const nameOffset = view.getUint32(elfTable + 201 * 64, true);
    for (let index = 1; index < 201; index += 1) view.setUint32(elfTable + index * 64, nameOffset, true);
    expect(readElf(bytes)).toBeUndefined();
  });

  it('survives truncation at every length', () => {
    for (const bytes of [object64, object32])
      for (let length = 0; length < bytes.length; length += 1) readAll(bytes.subarray(0, length));
  });

  it('survives any bytes', () => {
    const header = fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 400 }));
    fc.assert(
      fc.property(header, ([elfClass, encoding, rest]) => {
        readAll(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, elfClass, encoding, ...rest));
      }),
    );
  });

  it('survives damage anywhere', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(object64, object32), damage, (bytes, changes) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at % damaged.length] = value;
        readAll(damaged);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('sectionBytes', () => {
  it('gives the contents of a section', () => {
    const elf = readElf(object64);
    const bytes = elf && sectionBytes(elf, object64, '.rodata.str1.1');
    expect(new TextDecoder().decode(bytes)).toBe('x\0');
  });

  it('declines missing and byteless sections', () => {
    const elf = readElf(object64);
    expect(elf && sectionBytes(elf, object64, '.nowhere')).toBeUndefined();
    expect(elf && sectionBytes(elf, object64, '.bss')).toBeUndefined();
  });

  it('declines a section that is cut off', () => {
    const elf = readElf(object64);
    expect(elf && sectionBytes(elf, object64.subarray(0, 100), '.symtab')).toBeUndefined();
  });
});

describe('undefinedSymbols', () => {
  it.each([object64, object32])('lists imports of a real object file', (bytes) => {
    const elf = readElf(bytes);
    expect(elf && undefinedSymbols(elf, bytes)).toEqual([
      { name: 'maybe', weak: true },
      { name: 'printk', weak: false },
      { name: 'memcpy_x', weak: false },
    ]);
  });

  it('says undefined, not none, without a symbol table', () => {
    const bytes = writeElf({
      wide: true,
      littleEndian: true,
      sections: [{ name: '.text', bytes: new Uint8Array(4) }],
    });
    const elf = readElf(bytes);
    expect(elf?.sections.map(({ name }) => name)).toEqual(['', '.text', '.shstrtab']);
    expect(elf && undefinedSymbols(elf, bytes)).toBeUndefined();
  });

  it('says undefined when a name lies outside its table', () => {
    const layout = { wide: true, littleEndian: true };
    const bytes = writeElf({
      ...layout,
      sections: [
        { name: '.strtab', bytes: text.encode('\0ab\0'), type: 3 },
        {
          name: '.symtab',
          bytes: writeSymbol(layout, { nameOffset: 99, binding: 1 }),
          type: 2,
          link: 1,
          entrySize: 24,
        },
      ],
    });
    const elf = readElf(bytes);
    expect(elf && undefinedSymbols(elf, bytes)).toBeUndefined();
  });
});
