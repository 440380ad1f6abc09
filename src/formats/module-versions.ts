import { type ElfFile, sectionBytes } from './elf.ts';

/**
 * The CRC that a kernel module expects of each symbol; undefined for a module without any, as of a kernel without
 * CONFIG_MODVERSIONS. The kernel goes by `__version_ext_*` where they are (Linux 6.14), else by `__versions`
 * (check_version, kernel/module/version.c). Damaged tables end at the damage.
 */
export function expectedVersions(elf: ElfFile, bytes: Uint8Array): ReadonlyMap<string, number> | undefined {
  const crcs = sectionBytes(elf, bytes, '__version_ext_crcs');
  const names = sectionBytes(elf, bytes, '__version_ext_names');
  if (crcs !== undefined && names !== undefined) return readExtended(elf, crcs, names);
  const table = sectionBytes(elf, bytes, '__versions');
  return table && readTable(elf, table);
}

/** struct modversion_info, include/linux/moduleparam.h: an unsigned long and a name, together 64 bytes. */
const entrySize = 64;

function readTable(elf: ElfFile, table: Uint8Array): ReadonlyMap<string, number> {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const decoder = new TextDecoder();
  const wordSize = elf.class / 8;
  // The lower half of a 64-bit word is behind the upper one on big-endian machines.
  const crcOffset = elf.littleEndian ? 0 : wordSize - 4;
  const versions = new Map<string, number>();
  for (let at = 0; at + entrySize <= table.length; at += entrySize) {
    const name = table.subarray(at + wordSize, at + entrySize);
    const end = name.indexOf(0);
    if (end < 1) break;
    versions.set(decoder.decode(name.subarray(0, end)), view.getUint32(at + crcOffset, elf.littleEndian));
  }
  return versions;
}

/** As many names as there are CRCs, each ended by a NUL. */
function readExtended(elf: ElfFile, crcs: Uint8Array, names: Uint8Array): ReadonlyMap<string, number> {
  const view = new DataView(crcs.buffer, crcs.byteOffset, crcs.byteLength);
  const versions = new Map<string, number>();
  const listed = new TextDecoder().decode(names).split('\0').slice(0, -1);
  for (const [index, name] of listed.entries()) {
    if (name === '' || (index + 1) * 4 > crcs.length) break;
    versions.set(name, view.getUint32(index * 4, elf.littleEndian));
  }
  return versions;
}
