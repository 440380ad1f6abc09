import type { SymbolTable } from './kernel-symbols.ts';
import type { ModuleFault, SymbolClash } from './module-faults.ts';
import { checkedSymbols, exportsOf, type ParsedModule } from './module-needs.ts';

/** A symbol that some module other than the kernel's exports. */
export interface Offer {
  readonly symbol: string;
  /** Undefined where no versions are kept. */
  readonly crc: number | undefined;
  /** The module, without `.ko`. */
  readonly by: string;
  /** Its host path, where it is known. */
  readonly file?: string;
}

/** What modules need that the kernel's table does not answer for. */
export interface OpenNeeds {
  readonly modules: readonly ParsedModule[];
  readonly symbols: ReadonlySet<string>;
}

/**
 * Whether each module finds the symbols that it imports, in the versions that it was built with (resolve_symbol and
 * check_version, kernel/module). The kernel's table comes first, then the modules give to each other; only for what is
 * left `findOffers` is called. Only what is certain is a fault: a symbol in any fitting version will do, whoever has it,
 * and without a whole table none is missing.
 */
export async function checkSymbols(
  modules: readonly ParsedModule[],
  table: SymbolTable | undefined,
  findOffers: (open: OpenNeeds) => Promise<readonly Offer[]>,
): Promise<ReadonlyMap<ParsedModule, readonly ModuleFault[]>> {
  const offers = new Offers();
  const supply = { table, offers };
  if (modules.length > 1) offers.add(offersOf(modules, openNeeds(modules, supply).symbols));
  const open = openNeeds(modules, supply);
  if (open.symbols.size > 0) offers.add(await findOffers(open));
  return new Map(modules.map((module) => [module, findFaults(module, supply)]));
}

/** What the modules export of some symbols. */
export function offersOf(modules: readonly ParsedModule[], symbols: ReadonlySet<string>): Offer[] {
  if (symbols.size === 0) return [];
  return modules.flatMap((module) =>
    [...exportsOf(module)]
      .filter(([symbol]) => symbols.has(symbol))
      .map(([symbol, crc]) => {
        return { symbol, crc, by: module.name, ...(module.file !== undefined && { file: module.file }) };
      }),
  );
}

class Offers {
  readonly #bySymbol = new Map<string, Offer[]>();

  of(symbol: string): readonly Offer[] {
    return this.#bySymbol.get(symbol) ?? [];
  }

  add(offers: readonly Offer[]): void {
    for (const offer of offers) {
      const others = this.#bySymbol.get(offer.symbol);
      if (others === undefined) this.#bySymbol.set(offer.symbol, [offer]);
      else others.push(offer);
    }
  }
}

interface Supply {
  readonly table: SymbolTable | undefined;
  readonly offers: Offers;
}

function openNeeds(modules: readonly ParsedModule[], supply: Supply): OpenNeeds {
  const open = modules.map((module) => ({ module, needs: judge(module, supply) }));
  return {
    modules: open.filter(({ needs }) => needs.length > 0).map(({ module }) => module),
    symbols: new Set(open.flatMap(({ needs }) => needs.map(({ name }) => name))),
  };
}

function findFaults(module: ParsedModule, supply: Supply): ModuleFault[] {
  const needs = judge(module, supply);
  const clashes = needs.flatMap(({ clash }) => (clash === undefined ? [] : [clash]));
  const missing = needs.filter(({ clash }) => clash === undefined).map(({ name }) => name);
  return [
    ...(clashes.length > 0 ? [{ code: 'symbol-versions', symbols: clashes } as const] : []),
    ...(missing.length > 0 && supply.table?.isWhole
      ? [{ code: 'symbols-missing', symbols: missing } as const]
      : []),
  ];
}

interface Need {
  readonly name: string;
  /** Undefined: nobody exports it. */
  readonly clash?: SymbolClash;
}

/** The symbols that are not there as the module needs them. A version counts where both sides have one. */
function judge(module: ParsedModule, { table, offers }: Supply): Need[] {
  return checkedSymbols(module).flatMap(({ name, weak }): Need[] => {
    const wanted = module.versions?.get(name);
    const known = table?.exported.get(name);
    const kernels = known === undefined ? [] : [{ crc: Number(known.crc), by: undefined }];
    const found = [...kernels, ...offers.of(name)];
    if (found.some(({ crc }) => wanted === undefined || !crc || crc === wanted)) return [];
    const [first] = found;
    // Of a weak one that no module loaded so far has, the kernel asks nothing.
    if (weak && known?.module !== 'vmlinux') return [];
    if (first?.crc && wanted !== undefined) {
      const { crc, by } = first;
      return [{ name, clash: { name, wanted, found: crc, ...(by !== undefined && { by }) } }];
    }
    return [{ name }];
  });
}
