import { type ElfFile, readElf, sectionBytes } from './elf.ts';

/** The fields of section .modinfo: every key with its values in file order (alias, parm … repeat). See modinfo(8). */
export type Modinfo = ReadonlyMap<string, readonly string[]>;

/** Reads .modinfo of an uncompressed module; undefined when the bytes are no ELF file or have no such section. */
export function readModinfo(bytes: Uint8Array): Modinfo | undefined {
  const elf = readElf(bytes);
  return elf && parseModinfo(elf, bytes);
}

/** The same of a file that is read already. */
export function parseModinfo(elf: ElfFile, bytes: Uint8Array): Modinfo | undefined {
  const section = sectionBytes(elf, bytes, '.modinfo');
  return section && parseFields(new TextDecoder().decode(section));
}

/** The first value of a key. */
export function modinfoValue(modinfo: Modinfo, key: string): string | undefined {
  return modinfo.get(key)?.[0];
}

/** The kernel release a module was built for: the first word of vermagic (VERMAGIC_STRING, include/linux/vermagic.h). */
export function vermagicRelease(modinfo: Modinfo): string | undefined {
  return modinfoValue(modinfo, 'vermagic')?.trim().split(/\s/, 1)[0] || undefined;
}

function parseFields(text: string): Modinfo {
  const fields = new Map<string, string[]>();
  for (const pair of text.split('\0')) {
    const equals = pair.indexOf('=');
    if (equals < 1) continue;
    const key = pair.slice(0, equals);
    const values = fields.get(key) ?? [];
    values.push(pair.slice(equals + 1));
    fields.set(key, values);
  }
  return fields;
}
