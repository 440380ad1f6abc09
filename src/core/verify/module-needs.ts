import { type ElfFile, readElf } from '../../formats/elf.ts';
import { type UndefinedSymbol, undefinedSymbols } from '../../formats/elf-symbols.ts';
import { type Modinfo, modinfoValue, parseModinfo } from '../../formats/modinfo.ts';
import { exportedSymbols } from '../../formats/module-exports.ts';
import { expectedVersions } from '../../formats/module-versions.ts';

/** A kernel object as whoever checks it gets it: without compression; a signature may be behind it. */
export interface ObjectBytes {
  /** Without `.ko`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Host path, of one that is installed. */
  readonly file?: string;
}

/** What a kernel looks at before it loads a module. */
export interface ParsedModule extends ObjectBytes {
  readonly elf: ElfFile;
  readonly modinfo: Modinfo;
  readonly imports: readonly UndefinedSymbol[];
  /** The CRC that it expects of each symbol; undefined for a module without any. */
  readonly versions: ReadonlyMap<string, number> | undefined;
}

/** Undefined for what is no module, or a damaged one: nobody knows what it needs. */
export function parseObject({ name, bytes, file }: ObjectBytes): ParsedModule | undefined {
  const elf = readElf(bytes);
  const imports = elf && undefinedSymbols(elf, bytes);
  if (elf === undefined || imports === undefined) return undefined;
  const modinfo = parseModinfo(elf, bytes) ?? new Map();
  const versions = expectedVersions(elf, bytes);
  return { name, bytes, ...(file !== undefined && { file }), elf, modinfo, imports, versions };
}

export function isParsed(object: ObjectBytes | ParsedModule): object is ParsedModule {
  return 'elf' in object;
}

/**
 * The symbols of which the kernel has to have the version that a module expects: what it imports, and `module_layout`,
 * which stands for the shape of `struct module` itself and is imported by none (check_modstruct_version).
 */
export function checkedSymbols({ imports, versions }: ParsedModule): UndefinedSymbol[] {
  const layout = versions?.has(layoutSymbol) ? [{ name: layoutSymbol, weak: true }] : [];
  return [...imports.filter(({ name }) => !fromLinker.test(name)), ...layout];
}

const layoutSymbol = 'module_layout';

/** What the linker or the module loader provides (ignore_undef_symbol, scripts/mod/modpost.c); names of ppc64 begin with a dot. */
const fromLinker = /^(_GLOBAL_OFFSET_TABLE_|__this_module|_(rest|save)(gpr|fpr|vr)[01]?_.*|\..*)$/;

/** The symbols that a module gives to others, with their CRCs. */
export function exportsOf({ elf, bytes }: ParsedModule): ReadonlyMap<string, number | undefined> {
  return exportedSymbols(elf, bytes);
}

/** The names of the modules that it was linked with, as modpost wrote them down. */
export function linkedWith({ modinfo }: ParsedModule): string[] {
  return (modinfoValue(modinfo, 'depends') ?? '').split(',').filter((name) => name !== '');
}
