import { type ElfFile, sectionBytes, sectionBytesAt } from './elf.ts';
import { definedSymbols } from './elf-symbols.ts';

/**
 * The symbols that a kernel module exports, each with its CRC where it has one. As kmod's depmod finds them: `__crc_`
 * symbols hold the CRC themselves (SHN_ABS, to Linux 5.18) or lead to it (from 5.19, and on some machines before);
 * without CONFIG_MODVERSIONS there are `__ksymtab_` symbols alone. In a stripped module the names that
 * `__ksymtab_strings` lists must do, among which are names of namespaces.
 */
export function exportedSymbols(elf: ElfFile, bytes: Uint8Array): ReadonlyMap<string, number | undefined> {
  const exported = new Map<string, number | undefined>();
  for (const { name, section, value } of definedSymbols(elf, bytes, [tablePrefix, crcPrefix])) {
    if (name.startsWith(crcPrefix))
      exported.set(name.slice(crcPrefix.length), readCrc(elf, bytes, { section, value }));
    else if (!exported.has(name.slice(tablePrefix.length)))
      exported.set(name.slice(tablePrefix.length), undefined);
  }
  if (exported.size > 0) return exported;
  const strings = new TextDecoder().decode(sectionBytes(elf, bytes, '__ksymtab_strings') ?? new Uint8Array());
  return new Map(
    strings
      .split('\0')
      .filter((name) => name !== '')
      .map((name) => [name, undefined]),
  );
}

const tablePrefix = '__ksymtab_';
const crcPrefix = '__crc_';
const absolute = 0xfff1;

function readCrc(
  elf: ElfFile,
  bytes: Uint8Array,
  { section, value }: { section: number; value: number },
): number | undefined {
  if (section === absolute) return value % 2 ** 32;
  const table = sectionBytesAt(elf, bytes, section);
  if (table === undefined || value + 4 > table.length) return undefined;
  return new DataView(table.buffer, table.byteOffset, table.byteLength).getUint32(value, elf.littleEndian);
}
