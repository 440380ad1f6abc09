import { join } from 'node:path';
import { type ExportedSymbol, isWholeSymvers, symbolVersions } from '../../formats/module-symvers.ts';
import { readTextIfPresent } from '../../system/files.ts';
import type { KernelTree } from '../kernels.ts';
import { checkedSymbols, type ParsedModule } from './module-needs.ts';

/** What a kernel exports of the symbols that some modules import, by its Module.symvers. */
export interface SymbolTable {
  readonly exported: ReadonlyMap<string, ExportedSymbol>;
  /** Whether what is not among them is not exported by the kernel. */
  readonly isWhole: boolean;
}

/** Undefined without a file: then nobody knows. It is read once, for the checks and for the provenance of a build. */
export async function readSymbolTable(
  { path }: Pick<KernelTree, 'path'>,
  modules: readonly ParsedModule[],
): Promise<SymbolTable | undefined> {
  const text = await readTextIfPresent(join(path, 'Module.symvers')).catch(() => undefined);
  return text === undefined ? undefined : toSymbolTable(text, modules);
}

/** Of the text of a Module.symvers, wherever that is kept. */
export function toSymbolTable(text: string, modules: readonly ParsedModule[]): SymbolTable {
  const wanted = new Set(
    modules.flatMap((module) => [...module.imports, ...checkedSymbols(module)]).map(({ name }) => name),
  );
  const exported = symbolVersions(text, wanted);
  return { exported, isWhole: exported.size < wanted.size && isWholeSymvers(text) };
}

/** CRCs as written, by the name of every symbol that the modules import from the kernel, sorted. */
export function importedVersions(
  modules: readonly ParsedModule[],
  table: SymbolTable | undefined,
): Record<string, string> {
  const names = new Set(modules.flatMap(({ imports }) => imports.map(({ name }) => name)));
  const found = [...names].sort().flatMap((name): [string, string][] => {
    const crc = table?.exported.get(name)?.crc;
    return crc === undefined ? [] : [[name, crc]];
  });
  return Object.fromEntries(found);
}
