import { type SmallElf, writeElf, writeSymbol } from './elf-specimens.ts';

export type ElfLayout = Omit<SmallElf, 'sections'>;

export const layouts: readonly ElfLayout[] = [
  { wide: true, littleEndian: true },
  { wide: true, littleEndian: false },
  { wide: false, littleEndian: true },
  { wide: false, littleEndian: false },
];

export interface ModuleParts {
  readonly layout?: ElfLayout;
  /** By key; several values in order. */
  readonly modinfo?: Readonly<Record<string, string>>;
  readonly imports?: readonly string[];
  readonly weakImports?: readonly string[];
  /** CRCs; null for a symbol without one. */
  readonly exports?: Readonly<Record<string, number | null>>;
  /** Where the CRCs of exports are: in the symbols themselves, or in a section that they lead to. */
  readonly crcs?: 'absolute' | 'section';
  readonly versions?: Readonly<Record<string, number>>;
  readonly extendedVersions?: Readonly<Record<string, number>>;
}

const text = new TextEncoder();

/** A kernel object with what the checks look at. */
export function writeModule(parts: ModuleParts): Uint8Array {
  const { layout = { wide: true, littleEndian: true }, modinfo = {} } = parts;
  const { versions, extendedVersions, exports = {} } = parts;
  const fields = Object.entries(modinfo).map(([key, value]) => `${key}=${value}\0`);
  const crcs = Object.values(exports).map((crc) => crc ?? 0);
  const { names, symbols } = writeSymbols(layout, parts);
  return writeElf({
    ...layout,
    sections: [
      { name: '.strtab', bytes: names, type: 3 },
      { name: '.symtab', bytes: symbols, type: 2, link: 1, entrySize: layout.wide ? 24 : 16 },
      { name: '__kcrctab', bytes: writeWords(layout, crcs) },
      { name: '.modinfo', bytes: text.encode(fields.join('')) },
      ...(versions === undefined ? [] : [{ name: '__versions', bytes: writeVersions(layout, versions) }]),
      ...(extendedVersions === undefined ? [] : extended(layout, extendedVersions)),
    ],
  });
}

/** The place of `__kcrctab` above, and SHN_ABS. */
const crcSection = 3;
const absolute = 0xfff1;

function writeSymbols(layout: ElfLayout, parts: ModuleParts) {
  const { imports = [], weakImports = [], exports = {}, crcs = 'section' } = parts;
  const entries = [
    ...imports.map((name) => ({ name, binding: 1 })),
    ...weakImports.map((name) => ({ name, binding: 2 })),
    ...Object.keys(exports).map((name) => ({ name: `__ksymtab_${name}`, binding: 0, section: 4 })),
    ...Object.entries(exports).flatMap(([name, crc], index) => {
      const place =
        crcs === 'section'
          ? { section: crcSection, value: index * 4 }
          : { section: absolute, value: crc ?? 0 };
      return crc === null ? [] : [{ name: `__crc_${name}`, binding: 0, ...place }];
    }),
  ];
  let names = '\0';
  const written = entries.map(({ name, ...entry }) => {
    const nameOffset = names.length;
    names += `${name}\0`;
    return [...writeSymbol(layout, { ...entry, nameOffset })];
  });
  return { names: text.encode(names), symbols: Uint8Array.from(written.flat()) };
}

function writeWords({ littleEndian }: ElfLayout, words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word, littleEndian);
  return bytes;
}

/** struct modversion_info: 64 bytes each. */
function writeVersions(layout: ElfLayout, versions: Readonly<Record<string, number>>): Uint8Array {
  const entries = Object.entries(versions).map(([name, crc]) => {
    const entry = new Uint8Array(64);
    const view = new DataView(entry.buffer);
    if (layout.wide) view.setBigUint64(0, BigInt(crc), layout.littleEndian);
    else view.setUint32(0, crc, layout.littleEndian);
    entry.set(text.encode(name), layout.wide ? 8 : 4);
    return [...entry];
  });
  return Uint8Array.from(entries.flat());
}

function extended(layout: ElfLayout, versions: Readonly<Record<string, number>>) {
  const names = Object.keys(versions).map((name) => `${name}\0`);
  return [
    { name: '__version_ext_crcs', bytes: writeWords(layout, Object.values(versions)) },
    { name: '__version_ext_names', bytes: text.encode(`${names.join('')}\0`) },
  ];
}
