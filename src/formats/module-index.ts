/** What depmod(8) writes about a kernel's modules: the parts of modules.dep and modules.symbols that are read here. */

/** The modules that modules.dep lists: paths as written, which are relative to its folder or absolute. */
export function indexedModules(dependencies: string): string[] {
  return [...dependencies.matchAll(/^(.+?):/gm)].map(([, path = '']) => path);
}

/** The names of the modules that export some of the wanted symbols, by the lines of modules.symbols. */
export function exportersOf(symbols: string, wanted: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  if (wanted.size === 0) return found;
  for (const [, symbol = '', module = ''] of symbols.matchAll(/^alias symbol:(\S+) (\S+)$/gm))
    if (wanted.has(symbol)) found.add(moduleName(module));
  return found;
}

/** The kernel's name of a module, which has no dashes: of a name, a file name or a path. */
export function moduleName(file: string): string {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return base.replace(/\.ko(\..*)?$/, '').replaceAll('-', '_');
}
