import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readElf } from '../../../src/formats/elf.ts';
import { exportedSymbols } from '../../../src/formats/module-exports.ts';
import { expectedVersions } from '../../../src/formats/module-versions.ts';
import { writeElf } from './elf-specimens.ts';
import { layouts, type ModuleParts, writeModule } from './module-specimens.ts';

const crcs = { printk: 0xf7370f56, kfree: 0x00000001, module_layout: 0xffffffff };

function read(parts: ModuleParts | Uint8Array) {
  const bytes = parts instanceof Uint8Array ? parts : writeModule(parts);
  const elf = readElf(bytes);
  return elf && { versions: expectedVersions(elf, bytes), exports: exportedSymbols(elf, bytes) };
}

const objects = (versions: ReadonlyMap<string, unknown> | undefined) =>
  versions && Object.fromEntries(versions);

describe('expectedVersions', () => {
  it.each(layouts)('reads the table of every class and byte order: $wide, $littleEndian', (layout) => {
    expect(objects(read({ layout, versions: crcs })?.versions)).toEqual(crcs);
  });

  it.each(layouts)('reads the lists of Linux 6.14: $wide, $littleEndian', (layout) => {
    const extendedVersions = { ...crcs, [`rust_${'x'.repeat(200)}`]: 0x12345678 };
    expect(objects(read({ layout, extendedVersions })?.versions)).toEqual(extendedVersions);
  });

  it('takes the lists before the table, as the kernel does', () => {
    const found = read({ versions: { printk: 1 }, extendedVersions: { printk: 2 } });
    expect(objects(found?.versions)).toEqual({ printk: 2 });
  });

  it('tells none from empty', () => {
    expect(read({})?.versions).toBeUndefined();
    expect(read({ versions: {} })?.versions?.size).toBe(0);
  });

  it('ends at what is damaged', () => {
    const text = new TextEncoder();
    const table = new Uint8Array(64 * 3 + 20);
    table.set(text.encode('first'), 8);
    table.fill(0x41, 64 + 8, 128);
    table.set(text.encode('third'), 128 + 8);
    const of = (sections: Parameters<typeof writeElf>[0]['sections']) =>
      read(writeElf({ wide: true, littleEndian: true, sections }))?.versions;
    expect(objects(of([{ name: '__versions', bytes: table }]))).toEqual({ first: 0 });
    const names = { name: '__version_ext_names', bytes: text.encode('a\0b\0c') };
    expect(objects(of([{ name: '__version_ext_crcs', bytes: new Uint8Array(6) }, names]))).toEqual({ a: 0 });
  });
});

describe('exportedSymbols', () => {
  it.each(
    layouts.flatMap((layout) => (['absolute', 'section'] as const).map((where) => ({ ...layout, where }))),
  )('reads CRCs wherever they are: $wide, $littleEndian, $where', ({ where, ...layout }) => {
    const exports = { one: 0xdeadbeef, two: 2, three: null };
    const found = read({ layout, exports, crcs: where, imports: ['printk'] })?.exports;
    expect(objects(found)).toEqual({ one: 0xdeadbeef, two: 2, three: undefined });
  });

  it('goes by the list of names in a stripped module', () => {
    const sections = [
      { name: '__ksymtab_strings', bytes: new TextEncoder().encode('one\0NAMESPACE\0two\0') },
    ];
    const found = read(writeElf({ wide: true, littleEndian: true, sections }))?.exports;
    expect([...(found?.keys() ?? [])]).toEqual(['one', 'NAMESPACE', 'two']);
  });

  it('knows no CRC where a symbol leads nowhere', () => {
    const bytes = writeModule({ exports: { one: 1 } });
    const elf = readElf(bytes);
    const sections = elf?.sections.map((section) =>
      section.name === '__kcrctab' ? { ...section, size: 3 } : section,
    );
    expect(elf && exportedSymbols({ ...elf, sections: sections ?? [] }, bytes).get('one')).toBeUndefined();
  });

  it('has none in a module that exports none', () => {
    expect(read({ imports: ['printk'] })?.exports.size).toBe(0);
  });
});

describe('a hostile file', () => {
  const whole = writeModule({
    imports: ['printk'],
    exports: { one: 1, two: 2 },
    versions: crcs,
    extendedVersions: crcs,
  });

  it('is survived when cut off anywhere', () => {
    for (let length = 0; length < whole.length; length += 1) read(whole.subarray(0, length));
  });

  it('is survived when damaged anywhere', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(damage, (changes) => {
        const damaged = whole.slice();
        for (const [at, value] of changes) damaged[at % damaged.length] = value;
        read(damaged);
      }),
      { numRuns: 2000 },
    );
  });

  it('is survived with any tables', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(fc.constantFrom(...layouts), bytes, bytes, bytes, (layout, a, b, c) => {
        const sections = [
          { name: '__versions', bytes: a },
          { name: '__ksymtab_strings', bytes: b },
          { name: '__version_ext_names', bytes: c },
        ];
        expect(read(writeElf({ ...layout, sections }))?.versions).toBeInstanceOf(Map);
        sections.push({ name: '__version_ext_crcs', bytes: a });
        expect(read(writeElf({ ...layout, sections }))?.versions).toBeInstanceOf(Map);
      }),
    );
  });

  it('reads back what any module was written with', () => {
    const name = fc.stringMatching(/^[a-z_]{1,50}$/);
    const table = fc.dictionary(name, fc.nat({ max: 0xffffffff }));
    fc.assert(
      fc.property(fc.constantFrom(...layouts), table, table, (layout, versions, exports) => {
        const found = read({ layout, versions, exports });
        expect(objects(found?.versions)).toEqual({ ...versions });
        expect(objects(found?.exports)).toEqual({ ...exports });
      }),
    );
  });
});
