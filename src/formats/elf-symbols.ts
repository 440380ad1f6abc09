import { type ElfFile, sectionBytesAt, stringReader } from './elf.ts';

export interface UndefinedSymbol {
  readonly name: string;
  readonly weak: boolean;
}

export interface DefinedSymbol {
  readonly name: string;
  /** st_shndx: an index into `sections`, or 0xfff1 (SHN_ABS) when `value` is no place in one. */
  readonly section: number;
  readonly value: number;
}

/**
 * The symbols a module imports: SHN_UNDEF entries of .symtab with global or weak binding, in table order.
 * Undefined (not: none) when the table is missing or damaged, so that a check cannot pass on rubbish.
 */
export function undefinedSymbols(elf: ElfFile, bytes: Uint8Array): readonly UndefinedSymbol[] | undefined {
  const tables = openSymbolTable(elf, bytes);
  if (!tables) return undefined;
  const symbols: UndefinedSymbol[] = [];
  for (const { nameOffset, binding, section } of symbolEntries(elf, tables)) {
    if (section !== 0 || (binding !== globalBinding && binding !== weakBinding)) continue;
    const name = tables.readName(nameOffset);
    if (name === undefined) return undefined;
    symbols.push({ name, weak: binding === weakBinding });
  }
  return symbols;
}

/** The defined symbols of .symtab whose names begin with one of the ASCII prefixes; none when the table is damaged. */
export function definedSymbols(
  elf: ElfFile,
  bytes: Uint8Array,
  prefixes: readonly string[],
): readonly DefinedSymbol[] {
  const tables = openSymbolTable(elf, bytes);
  if (!tables) return [];
  const beginnings = prefixes.map((prefix) => new TextEncoder().encode(prefix));
  const symbols: DefinedSymbol[] = [];
  for (const { nameOffset, section, value } of symbolEntries(elf, tables)) {
    if (section === 0 || !beginnings.some((beginning) => hasAt(tables.names, nameOffset, beginning)))
      continue;
    const name = tables.readName(nameOffset);
    if (name !== undefined) symbols.push({ name, section, value });
  }
  return symbols;
}

// elf(5): sh_type, and the high half of st_info.
const symbolTable = 2;
const globalBinding = 1;
const weakBinding = 2;

interface SymbolTables {
  readonly table: Uint8Array;
  readonly entrySize: number;
  readonly names: Uint8Array;
  readonly readName: (offset: number) => string | undefined;
}

function openSymbolTable(elf: ElfFile, bytes: Uint8Array): SymbolTables | undefined {
  const place = elf.sections.findIndex(({ name, type }) => name === '.symtab' && type === symbolTable);
  const section = elf.sections[place];
  const table = section && sectionBytesAt(elf, bytes, place);
  const names = section && sectionBytesAt(elf, bytes, section.link);
  const entrySize = section?.entrySize ?? 0;
  if (!table || !names || entrySize < (elf.class === 64 ? 24 : 16)) return undefined;
  return { table, entrySize, names, readName: stringReader(names, bytes.length) };
}

function hasAt(bytes: Uint8Array, offset: number, beginning: Uint8Array): boolean {
  return beginning.every((byte, index) => bytes[offset + index] === byte);
}

interface SymbolEntry {
  readonly nameOffset: number;
  readonly binding: number;
  readonly section: number;
  readonly value: number;
}

function* symbolEntries(elf: ElfFile, { table, entrySize }: SymbolTables): Generator<SymbolEntry> {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const { littleEndian } = elf;
  const wide = elf.class === 64;
  for (let at = 0; at + entrySize <= table.length; at += entrySize) {
    yield {
      nameOffset: view.getUint32(at, littleEndian),
      binding: view.getUint8(at + (wide ? 4 : 12)) >> 4,
      section: view.getUint16(at + (wide ? 6 : 14), littleEndian),
      // Rounding beyond 2^53 is harmless, as above; a CRC fits.
      value: wide ? Number(view.getBigUint64(at + 8, littleEndian)) : view.getUint32(at + 4, littleEndian),
    };
  }
}
