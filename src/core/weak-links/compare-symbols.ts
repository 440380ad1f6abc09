import type { Layout } from '../layout.ts';
import type { SymbolTable } from '../verify/kernel-symbols.ts';
import type { ModuleFault } from '../verify/module-faults.ts';
import { checkedSymbols, type ParsedModule } from '../verify/module-needs.ts';
import { checkSymbols, type Offer, offersOf } from '../verify/symbol-check.ts';
import { indexOffers } from '../verify/symbol-offers.ts';

export interface Comparing {
  readonly layout: Layout;
  /** The kernel that is to load the modules, and what it exports. */
  readonly release: string;
  readonly table: SymbolTable;
  /** Host paths of all links that are judged, also of those that do not fit already. */
  readonly links: readonly string[];
}

/** A module as far as symbols go. */
export type Comparison =
  | { readonly faults: readonly ModuleFault[] }
  | {
      readonly faults: readonly [];
      /** The CRCs that both sides have, as Module.symvers writes them. */
      readonly symbols: Readonly<Record<string, string>>;
      /** Host paths of the modules that have what the kernel itself does not have in this version. */
      readonly exporters: readonly string[];
    };

/**
 * Whether modules that a kernel is to load together find what they need there: in the kernel, in each other, in whatever
 * else is installed for it. One that does not fit gives nothing to the others, which may not fit for that.
 */
export async function compareSymbols(
  modules: readonly ParsedModule[],
  comparing: Comparing,
): Promise<ReadonlyMap<ParsedModule, Comparison>> {
  const { layout, release, table, links } = comparing;
  const offers: Offer[] = [];
  const faults = await checkSymbols(modules, table, async (open) => {
    offers.push(...(await indexOffers(layout, { release, exceptFiles: links }, open)));
    return offers;
  });
  const unfit = [...faults].filter(([, found]) => found.length > 0);
  if (unfit.length > 0) {
    const rest = modules.filter((module) => faults.get(module)?.length === 0);
    const others = await compareSymbols(rest, comparing);
    return new Map([...unfit.map(([module, found]) => [module, { faults: found }] as const), ...others]);
  }
  const symbols = new Set(modules.flatMap(checkedSymbols).map(({ name }) => name));
  const supply = [...offersOf(modules, symbols), ...offers];
  return new Map(modules.map((module) => [module, proofOf(module, table, supply)]));
}

function proofOf(module: ParsedModule, { exported }: SymbolTable, offers: readonly Offer[]): Comparison {
  const symbols: [string, string][] = [];
  const exporters = new Set<string>();
  for (const { name } of checkedSymbols(module)) {
    const wanted = module.versions?.get(name);
    if (wanted === undefined) continue;
    const known = exported.get(name);
    const isOfKernel = known !== undefined && Number(known.crc) === wanted;
    const offer = offers.find(({ symbol, crc }) => symbol === name && crc === wanted);
    if (!isOfKernel && offer === undefined) continue;
    symbols.push([name, `0x${wanted.toString(16).padStart(8, '0')}`]);
    if (!isOfKernel && offer?.file !== undefined && offer.file !== module.file) exporters.add(offer.file);
  }
  return { faults: [], symbols: Object.fromEntries(symbols.sort()), exporters: [...exporters].sort() };
}
