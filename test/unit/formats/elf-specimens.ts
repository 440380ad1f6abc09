// Compiled by gcc 12 from a file that imports printk and memcpy_x, weakly maybe, and has four .modinfo strings.
export const object64 = decode(
  [
    'f0VMRgIBAQAAAAAAAAAAAAEAPgABAAAAAAAAAAAAAAAAAAAAAAAAAPACAAAAAAAAAAAAAEAAAAAAAEAACwAKAEjHwAAAAABIhcB0',
    'DOkAAAAADx+AAAAAAEiD7AhIx8cAAAAA6AAAAAADBQAAAABIg8QIw3gAAAAAAAAAAAAAAAB2ZXJtYWdpYz02LjEyLjExNytkZWIx',
    'My1hbWQ2NCBTTVAgcHJlZW1wdCBtb2RfdW5sb2FkIG1vZHZlcnNpb25zIAAAAAAAAABhbGlhcz1wY2k6YgAAAAAAYWxpYXM9cGNp',
    'OmEAAAAAAGxpY2Vuc2U9R1BMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwAFAAAAAAAAAAAAAAAAAAAAAAABAAAA',
    'AQAGAAAAAAAAAAAAQgAAAAAAAAADAAAAAQAGAEgAAAAAAAAADAAAAAAAAAAFAAAAAQAGAFgAAAAAAAAADAAAAAAAAAAHAAAAAQAG',
    'AGgAAAAAAAAADAAAAAAAAAAJAAAAEgABAAAAAAAAAAAAMwAAAAAAAAAVAAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAbAAAAEAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAiAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAYwBkAGIAYQBpbml0X21vZHVsZQBtYXliZQBwcmludGsAbWVt',
    'Y3B5X3gAAAAAAAADAAAAAAAAAAsAAAAHAAAAAAAAAAAAAAAfAAAAAAAAAAsAAAABAAAAAAAAAAAAAAAkAAAAAAAAAAQAAAAIAAAA',
    '/P////////8qAAAAAAAAAAIAAAAJAAAA/P////////8NAAAAAAAAAAQAAAAHAAAA/P////////8ALnN5bXRhYgAuc3RydGFiAC5z',
    'aHN0cnRhYgAucmVsYS50ZXh0AC5kYXRhAC5ic3MALnJvZGF0YS5zdHIxLjEALm1vZGluZm8ALm5vdGUuR05VLXN0YWNrAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIAAAAAEAAAAG',
    'AAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAzAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABsAAAAEAAAAQAAAAAAAAAAAAAAA',
    'AAAAABgCAAAAAAAAeAAAAAAAAAAIAAAAAQAAAAgAAAAAAAAAGAAAAAAAAAAmAAAAAQAAAAMAAAAAAAAAAAAAAAAAAABzAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAALAAAAAgAAAADAAAAAAAAAAAAAAAAAAAAcwAAAAAAAAAAAAAAAAAAAAAA',
    'AAAAAAAAAQAAAAAAAAAAAAAAAAAAADEAAAABAAAAMgAAAAAAAAAAAAAAAAAAAHMAAAAAAAAAAgAAAAAAAAAAAAAAAAAAAAEAAAAA',
    'AAAAAQAAAAAAAABAAAAAAQAAAAIAAAAAAAAAAAAAAAAAAACAAAAAAAAAAHQAAAAAAAAAAAAAAAAAAAAgAAAAAAAAAAAAAAAAAAAA',
    'SQAAAAEAAAAAAAAAAAAAAAAAAAAAAAAA9AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAEAAAACAAAAAAAA',
    'AAAAAAAAAAAAAAAAAPgAAAAAAAAA8AAAAAAAAAAJAAAABgAAAAgAAAAAAAAAGAAAAAAAAAAJAAAAAwAAAAAAAAAAAAAAAAAAAAAA',
    'AADoAQAAAAAAACsAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAEQAAAAMAAAAAAAAAAAAAAAAAAAAAAAAAkAIAAAAAAABZ',
    'AAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAA==',
  ].join(''),
);

/** The same for 32-bit x86. */
export const object32 = decode(
  [
    'f0VMRgEBAQAAAAAAAAAAAAEAAwABAAAAAAAAAAAAAAA0AgAAAAAAADQAAAAAACgACwAKAAAAAAAAAAAAAAAAALgAAAAAhcB0B+n8',
    '////ZpCD7BhoAAAAAOj8////AwUAAAAAg8Qcw3gAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB2ZXJtYWdpYz02LjEyLjExNytkZWIx',
    'My1hbWQ2NCBTTVAgcHJlZW1wdCBtb2RfdW5sb2FkIG1vZHZlcnNpb25zIAAAAGFsaWFzPXBjaTpiAGFsaWFzPXBjaTphAGxpY2Vu',
    'c2U9R1BMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADAAUAAQAAAAAAAABCAAAAAQAGAAMAAABEAAAADAAAAAEABgAFAAAA',
    'UAAAAAwAAAABAAYABwAAAFwAAAAMAAAAAQAGAAkAAAAAAAAAJwAAABIAAQAVAAAAAAAAAAAAAAAgAAAAGwAAAAAAAAAAAAAAEAAA',
    'ACIAAAAAAAAAAAAAABAAAAAAYwBkAGIAYQBpbml0X21vZHVsZQBtYXliZQBwcmludGsAbWVtY3B5X3gAAAEAAAABBwAAFAAAAAEB',
    'AAAZAAAAAggAAB8AAAABCQAACgAAAAIHAAAALnN5bXRhYgAuc3RydGFiAC5zaHN0cnRhYgAucmVsLnRleHQALmRhdGEALmJzcwAu',
    'cm9kYXRhLnN0cjEuMQAubW9kaW5mbwAubm90ZS5HTlUtc3RhY2sAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'AAAAAB8AAAABAAAABgAAAAAAAABAAAAAJwAAAAAAAAAAAAAAEAAAAAAAAAAbAAAACQAAAEAAAAAAAAAAtAEAACgAAAAIAAAAAQAA',
    'AAQAAAAIAAAAJQAAAAEAAAADAAAAAAAAAGcAAAAAAAAAAAAAAAAAAAABAAAAAAAAACsAAAAIAAAAAwAAAAAAAABnAAAAAAAAAAAA',
    'AAAAAAAAAQAAAAAAAAAwAAAAAQAAADIAAAAAAAAAZwAAAAIAAAAAAAAAAAAAAAEAAAABAAAAPwAAAAEAAAACAAAAAAAAAIAAAABo',
    'AAAAAAAAAAAAAAAgAAAAAAAAAEgAAAABAAAAAAAAAAAAAADoAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAABAAAAAgAAAAAAAAAAAAAA',
    '6AAAAKAAAAAJAAAABgAAAAQAAAAQAAAACQAAAAMAAAAAAAAAAAAAAIgBAAArAAAAAAAAAAAAAAABAAAAAAAAABEAAAADAAAAAAAA',
    'AAAAAADcAQAAWAAAAAAAAAAAAAAAAQAAAAAAAAA=',
  ].join(''),
);

function decode(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'));
}

export interface SmallElf {
  readonly wide: boolean;
  readonly littleEndian: boolean;
  readonly sections: readonly SmallSection[];
}

interface SmallSection {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly type?: number;
  readonly link?: number;
  readonly entrySize?: number;
}

/** Writes an ELF file of any class and byte order: a null section, the given ones, then the section names. */
export function writeElf({ wide, littleEndian, sections }: SmallElf): Uint8Array {
  const text = new TextEncoder();
  const names = text.encode(['', ...sections.map(({ name }) => name), '.shstrtab', ''].join('\0'));
  const all = [...sections, { name: '.shstrtab', bytes: names, type: 3 }] as SmallSection[];
  const headerSize = wide ? 64 : 52;
  const entrySize = wide ? 64 : 40;
  const bodySize = all.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const tableStart = headerSize + bodySize;
  const file = new Uint8Array(tableStart + (all.length + 1) * entrySize);
  const view = new DataView(file.buffer);
  const word = (at: number, value: number): void =>
    wide ? view.setBigUint64(at, BigInt(value), littleEndian) : view.setUint32(at, value, littleEndian);
  const half = (at: number, value: number): void => view.setUint16(at, value, littleEndian);
  file.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, littleEndian ? 1 : 2, 1]);
  half(16, 1);
  half(18, 21);
  word(wide ? 40 : 32, tableStart);
  half(wide ? 58 : 46, entrySize);
  half(wide ? 60 : 48, all.length + 1);
  half(wide ? 62 : 50, all.length);
  let [offset, nameOffset] = [headerSize, 1];
  for (const [index, section] of all.entries()) {
    const at = tableStart + (index + 1) * entrySize;
    file.set(section.bytes, offset);
    view.setUint32(at, nameOffset, littleEndian);
    view.setUint32(at + 4, section.type ?? 1, littleEndian);
    word(at + (wide ? 24 : 16), offset);
    word(at + (wide ? 32 : 20), section.bytes.length);
    view.setUint32(at + (wide ? 40 : 24), section.link ?? 0, littleEndian);
    word(at + (wide ? 56 : 36), section.entrySize ?? 0);
    offset += section.bytes.length;
    nameOffset += text.encode(section.name).length + 1;
  }
  return file;
}

/** A symbol table entry with the name at `nameOffset`, undefined unless `section` is given. */
export function writeSymbol(
  layout: Omit<SmallElf, 'sections'>,
  symbol: { nameOffset: number; binding: number; section?: number; value?: number },
): Uint8Array {
  const { wide, littleEndian } = layout;
  const entry = new Uint8Array(wide ? 24 : 16);
  const view = new DataView(entry.buffer);
  view.setUint32(0, symbol.nameOffset, littleEndian);
  view.setUint8(wide ? 4 : 12, symbol.binding << 4);
  view.setUint16(wide ? 6 : 14, symbol.section ?? 0, littleEndian);
  if (wide) view.setBigUint64(8, BigInt(symbol.value ?? 0), littleEndian);
  else view.setUint32(4, symbol.value ?? 0, littleEndian);
  return entry;
}
