/** Why a kernel would refuse a module. */
export type ModuleFault =
  | { readonly code: 'damaged' }
  | { readonly code: 'other-release'; readonly found?: string }
  | { readonly code: 'other-machine' }
  | { readonly code: 'other-vermagic'; readonly found: string; readonly expected: string }
  | { readonly code: 'symbol-versions'; readonly symbols: readonly SymbolClash[] }
  | { readonly code: 'symbols-missing'; readonly symbols: readonly string[] };

/** A symbol whose CRC is not the one that the module was built with. */
export interface SymbolClash {
  readonly name: string;
  readonly wanted: number;
  readonly found: number;
  /** The module that exports it; undefined for the kernel and what came with it. */
  readonly by?: string;
}

/** What is wrong with `<name>.ko`, as a clause. */
export function describeFault(name: string, fault: ModuleFault): string {
  const file = `${name}.ko`;
  switch (fault.code) {
    case 'damaged':
      return `the symbol table of ${file} is missing or damaged`;
    case 'other-release': {
      const found = fault.found === undefined ? 'has no vermagic' : `was made for ${fault.found}`;
      return `${file} ${found}, so the kernel would refuse it`;
    }
    case 'other-machine':
      return `${file} was made for another kind of machine than the kernel, which would refuse it`;
    case 'other-vermagic':
      return `${file} says '${fault.found}', the kernel's own modules say '${fault.expected}', so the kernel would refuse it`;
    case 'symbol-versions':
      return `${file} needs other versions of symbols than there are, so the kernel would refuse it: ${list(fault.symbols.map(describeClash))}`;
    case 'symbols-missing':
      return `${file} needs symbols that neither the kernel nor a module known here exports, so the kernel would refuse it: ${list(fault.symbols)}`;
  }
}

function describeClash({ name, wanted, found, by }: SymbolClash): string {
  return `${name} (it wants ${crc(wanted)}, ${by === undefined ? 'the kernel' : `${by}.ko`} has ${crc(found)})`;
}

/** As Module.symvers writes it. */
function crc(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

const shown = 5;

/** The first few; a module of another kernel differs in hundreds. */
function list(parts: readonly string[]): string {
  const rest = parts.length - shown;
  return `${parts.slice(0, shown).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** What to do about a module that was just built. */
export function adviseOnBuild(fault: ModuleFault): string {
  switch (fault.code) {
    case 'damaged':
      return 'Its Makefile must not strip the module; that is done as STRIP in dkms.conf says.';
    case 'other-release':
      return "Its Makefile probably asks 'uname -r' instead of using $kernelver or $kernel_source_dir.";
    case 'other-machine':
      return 'Its source brings compiled objects of another machine, or its Makefile uses another compiler.';
    case 'other-vermagic':
      return "The headers are not those of the kernel that is installed, or the module's source brings compiled objects. Install both packages of this kernel again.";
    case 'symbol-versions':
      return fault.symbols.some(({ by }) => by !== undefined)
        ? 'It was built against another version of that module: KBUILD_EXTRA_SYMBOLS must lead to the Module.symvers of the one that is installed.'
        : "It was built against another kernel's headers, or its source brings objects that were compiled before: see what paths its Makefile names.";
    case 'symbols-missing':
      return 'The source does not fit this kernel, or it needs another module that BUILD_DEPENDS in dkms.conf does not name.';
  }
}
