/** What a reader of kernel modules needs of an ELF file; see elf(5). Offsets and sizes are in bytes. */
export interface ElfFile {
  readonly class: 32 | 64;
  readonly littleEndian: boolean;
  /** e_machine, for example 62 (EM_X86_64) or 183 (EM_AARCH64). */
  readonly machine: number;
  /** e_type; 1 (ET_REL) in kernel modules. */
  readonly type: number;
  readonly sections: readonly ElfSection[];
}

interface ElfSection {
  readonly name: string;
  /** sh_type; 8 (SHT_NOBITS) has no bytes in the file. */
  readonly type: number;
  /** sh_flags; 2 (SHF_ALLOC) is what a loaded module keeps in memory. */
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
  /** sh_link: an index into `sections`. */
  readonly link: number;
  /** sh_entsize, or 0 in sections that are not tables. */
  readonly entrySize: number;
}

/** Reads the section table; undefined when the bytes are no ELF file or a header lies outside them. */
export function readElf(bytes: Uint8Array): ElfFile | undefined {
  const layout = fileLayout(bytes);
  if (!layout || bytes.length < layout.headerSize) return undefined;
  const headers = sectionHeaders(bytes, layout);
  if (!headers) return undefined;
  const sections = nameSections(bytes, headers.raw, headers.namesIndex);
  if (!sections) return undefined;
  const { class: elfClass, littleEndian, view } = layout;
  const machine = view.getUint16(18, littleEndian);
  return { class: elfClass, littleEndian, machine, type: view.getUint16(16, littleEndian), sections };
}

/** The bytes of the first section of that name (a view, no copy); undefined without one or when it is cut off. */
export function sectionBytes(elf: ElfFile, bytes: Uint8Array, name: string): Uint8Array | undefined {
  const section = elf.sections.find((candidate) => candidate.name === name);
  return section && contents(bytes, section);
}

/** The bytes of a section by its place in the section table, as symbols name it; undefined when it has none. */
export function sectionBytesAt(elf: ElfFile, bytes: Uint8Array, index: number): Uint8Array | undefined {
  const section = elf.sections[index];
  return section && contents(bytes, section);
}

// elf(5): sh_type, and the escape of tables with 0xff00 sections or more.
const noBits = 8;
const extendedIndex = 0xffff;

interface Layout {
  readonly class: 32 | 64;
  readonly littleEndian: boolean;
  readonly view: DataView;
  readonly headerSize: number;
  /** Reads an address-sized field. */
  readonly word: (offset: number) => number;
}

function fileLayout(bytes: Uint8Array): Layout | undefined {
  const magic = [0x7f, 0x45, 0x4c, 0x46];
  if (magic.some((byte, index) => bytes[index] !== byte)) return undefined;
  const [elfClass, encoding] = [bytes[4], bytes[5]];
  if ((elfClass !== 1 && elfClass !== 2) || (encoding !== 1 && encoding !== 2)) return undefined;
  const littleEndian = encoding === 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Rounding beyond 2^53 is harmless: such an offset is outside every file.
  const wide = (offset: number): number => Number(view.getBigUint64(offset, littleEndian));
  const narrow = (offset: number): number => view.getUint32(offset, littleEndian);
  return elfClass === 2
    ? { class: 64, littleEndian, view, headerSize: 64, word: wide }
    : { class: 32, littleEndian, view, headerSize: 52, word: narrow };
}

interface RawSection extends Omit<ElfSection, 'name'> {
  readonly nameOffset: number;
}

interface SectionHeaders {
  readonly raw: readonly RawSection[];
  readonly namesIndex: number;
}

function sectionHeaders(bytes: Uint8Array, layout: Layout): SectionHeaders | undefined {
  const { view, littleEndian, word, class: elfClass } = layout;
  const start = word(elfClass === 64 ? 40 : 32);
  const [entrySize = 0, smallCount = 0, smallIndex = 0] = [0, 2, 4].map((offset) =>
    view.getUint16((elfClass === 64 ? 58 : 46) + offset, littleEndian),
  );
  if (start === 0) return { raw: [], namesIndex: 0 };
  if (entrySize < (elfClass === 64 ? 64 : 40) || start + entrySize > bytes.length) return undefined;
  const first = rawSection(layout, start);
  const count = smallCount === 0 ? first.size : smallCount;
  if (count > Math.floor((bytes.length - start) / entrySize)) return undefined;
  const raw = Array.from({ length: count }, (_, index) => rawSection(layout, start + index * entrySize));
  return { raw, namesIndex: smallIndex === extendedIndex ? first.link : smallIndex };
}

function rawSection({ view, littleEndian, word, class: elfClass }: Layout, at: number): RawSection {
  const wide = elfClass === 64;
  return {
    nameOffset: view.getUint32(at, littleEndian),
    type: view.getUint32(at + 4, littleEndian),
    flags: word(at + 8),
    offset: word(at + (wide ? 24 : 16)),
    size: word(at + (wide ? 32 : 20)),
    link: view.getUint32(at + (wide ? 40 : 24), littleEndian),
    entrySize: word(at + (wide ? 56 : 36)),
  };
}

function nameSections(
  bytes: Uint8Array,
  raw: readonly RawSection[],
  namesIndex: number,
): ElfSection[] | undefined {
  const table = raw[namesIndex];
  const names = table && contents(bytes, table);
  if (!names) return raw.length === 0 ? [] : undefined;
  const readName = stringReader(names, bytes.length);
  const sections: ElfSection[] = [];
  for (const { nameOffset, ...section } of raw) {
    const name = readName(nameOffset);
    if (name === undefined) return undefined;
    sections.push({ name, ...section });
  }
  return sections;
}

function contents(
  bytes: Uint8Array,
  { type, offset, size }: Omit<ElfSection, 'name'>,
): Uint8Array | undefined {
  if (type === noBits || offset + size > bytes.length) return undefined;
  return bytes.subarray(offset, offset + size);
}

/**
 * Reads NUL-terminated strings of a table. All strings together may have four times the bytes of the file: linkers
 * share tails, but a crafted table where every entry names one huge string must not exhaust the memory.
 */
export function stringReader(table: Uint8Array, fileSize: number): (offset: number) => string | undefined {
  const decoder = new TextDecoder();
  let budget = fileSize * 4;
  return (offset) => {
    const end = table.indexOf(0, offset);
    if (offset >= table.length || end < 0) return undefined;
    budget -= end - offset;
    return budget < 0 ? undefined : decoder.decode(table.subarray(offset, end));
  };
}
