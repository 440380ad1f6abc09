import type { ElfFile } from './elf.ts';
import type { KernelConfig } from './kernel-config.ts';

/** What the header of every module of a kernel says. */
export type ElfKind = Pick<ElfFile, 'class' | 'littleEndian' | 'machine'>;

/**
 * What modules of a kernel are, by its configuration (elf_check_arch in arch/<name>/include/asm/elf.h); undefined for
 * machines that are not known here. The configuration, for `uname -m` says what somebody asks it to (setarch(8)).
 */
export function elfKindOf(config: KernelConfig): ElfKind | undefined {
  const found = kinds.find(({ symbol }) => config.has(symbol));
  if (found === undefined) return undefined;
  const { machine, width = config.has('CONFIG_64BIT') ? 64 : 32, littleEndian = isLittleEndian } = found;
  return { machine, class: width, littleEndian: littleEndian(config) };
}

interface Kind {
  readonly symbol: string;
  readonly machine: number;
  /** Left out where CONFIG_64BIT says it. */
  readonly width?: 32 | 64;
  readonly littleEndian?: (config: KernelConfig) => boolean;
}

const kinds: readonly Kind[] = [
  { symbol: 'CONFIG_X86_64', machine: 62, width: 64 },
  { symbol: 'CONFIG_X86_32', machine: 3, width: 32 },
  { symbol: 'CONFIG_ARM64', machine: 183, width: 64 },
  { symbol: 'CONFIG_ARM', machine: 40, width: 32 },
  { symbol: 'CONFIG_RISCV', machine: 243 },
  { symbol: 'CONFIG_LOONGARCH', machine: 258 },
  { symbol: 'CONFIG_S390', machine: 22, width: 64, littleEndian: () => false },
  {
    symbol: 'CONFIG_PPC64',
    machine: 21,
    width: 64,
    littleEndian: (config) => config.has('CONFIG_CPU_LITTLE_ENDIAN'),
  },
];

function isLittleEndian(config: KernelConfig): boolean {
  return !config.has('CONFIG_CPU_BIG_ENDIAN');
}
