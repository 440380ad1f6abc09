import { join } from 'node:path';
import { exportersOf, indexedModules, moduleName } from '../formats/module-index.ts';
import { parseModuleSymvers } from '../formats/module-symvers.ts';
import type { KernelId } from '../policy/types.ts';
import { readTextIfPresent } from '../system/files.ts';
import { builtFile, builtNames } from './built-files.ts';
import { type Layout, modulesFolder } from './layout.ts';
import { readModuleFile } from './module-file.ts';
import { linkedWith, type ParsedModule, parseObject } from './module-needs.ts';
import { type Offer, type OpenNeeds, offersOf } from './symbol-check.ts';
import { installedVersions } from './tree.ts';

/** What the modules of other packages export that are installed for a kernel and named in BUILD_DEPENDS. */
export async function dependencyOffers(
  layout: Layout,
  { kernel, depends }: { readonly kernel: KernelId; readonly depends: readonly string[] },
  { symbols }: OpenNeeds,
): Promise<Offer[]> {
  const versions = await installedVersions(layout, kernel, depends);
  const paths = Object.entries(versions).flatMap(([name, version]) => {
    const at = { module: { name, version }, release: kernel.release, arch: kernel.arch };
    return builtNames(layout, at).map((object) => builtFile(layout, at, object));
  });
  return offersOf(await readObjects(paths.filter((path) => path !== undefined)), symbols);
}

/**
 * What modules export that are in the kernel's folder, by what depmod found there: those that a module was linked with,
 * and whoever has the symbol. A file of the module's own package is another build of it, and does not count.
 */
export async function indexOffers(
  layout: Layout,
  { release, except }: { readonly release: string; readonly except: readonly string[] },
  { modules, symbols }: OpenNeeds,
): Promise<Offer[]> {
  const folder = modulesFolder(layout, release);
  const read = async (name: string) =>
    (await readTextIfPresent(join(folder, name)).catch(() => undefined)) ?? '';
  const names = new Set([
    ...modules.flatMap(linkedWith).map(moduleName),
    ...exportersOf(await read('modules.symbols'), symbols),
  ]);
  for (const name of except) names.delete(moduleName(name));
  if (names.size === 0) return [];
  const paths = indexedModules(await read('modules.dep')).filter((path) => names.has(moduleName(path)));
  return offersOf(await readObjects(paths.map((path) => join(folder, path))), symbols);
}

/** What a build has written down of its own symbols: also of modules that its dkms.conf does not list. */
export function symversOffers(symvers: string, { symbols }: OpenNeeds): Offer[] {
  return [...parseModuleSymvers(symvers)]
    .filter(([symbol]) => symbols.has(symbol))
    .map(([symbol, { crc, module }]) => ({ symbol, crc: Number(crc), by: moduleName(module) }));
}

async function readObjects(paths: readonly string[]): Promise<ParsedModule[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const file = await readModuleFile(path).catch(() => undefined);
      return file && parseObject({ name: moduleName(path), bytes: file.body });
    }),
  );
  return found.filter((module) => module !== undefined);
}
