import { join } from 'node:path';
import { exportersOf, indexedModules, moduleName } from '../../formats/module-index.ts';
import { parseModuleSymvers } from '../../formats/module-symvers.ts';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import { readTextIfPresent } from '../../system/files.ts';
import { builtFile, builtNames } from '../install/built-files.ts';
import { readModuleFile } from '../install/module-file.ts';
import { type BuildCoordinates, type Layout, modulesFolder } from '../layout.ts';
import { installedVersion, listModules } from '../tree.ts';
import { linkedWith, type ParsedModule, parseObject } from './module-needs.ts';
import { type Offer, type OpenNeeds, offersOf } from './symbol-check.ts';

/**
 * What modules of other packages export for a kernel: those named in BUILD_DEPENDS, and those that the module was linked
 * with, whether or not it says so. Of a package that is not installed there any build counts, since it may be on its way:
 * depmod knows nothing of it yet. `own` is not asked.
 */
export async function treeOffers(
  layout: Layout,
  {
    own,
    kernel,
    depends,
  }: { readonly own: ModuleId; readonly kernel: KernelId; readonly depends: readonly string[] },
  { modules, symbols }: OpenNeeds,
): Promise<Offer[]> {
  const linked = new Set(modules.flatMap(linkedWith).map(moduleName));
  const paths: string[] = [];
  for (const at of await buildsFor(layout, kernel)) {
    if (at.module.name === own.name) continue;
    for (const name of builtNames(layout, at))
      if (depends.includes(at.module.name) || linked.has(moduleName(name)))
        paths.push(builtFile(layout, at, name) ?? name);
  }
  return offersOf(await readObjects(paths), symbols);
}

/** The installed build of each module, or all that there are. */
async function buildsFor(layout: Layout, { release, arch }: KernelId): Promise<BuildCoordinates[]> {
  const found: BuildCoordinates[] = [];
  for (const module of await listModules(layout)) {
    const at = { module, release, arch };
    const installed = await installedVersion(layout, at);
    if (installed === undefined || installed === module.version) found.push(at);
  }
  return found;
}

/**
 * What modules export that are in the kernel's folder, by what depmod found there: those that a module was linked with,
 * and whoever has the symbol. A file of the module's own package is another build of it, and does not count; nor do
 * `exceptFiles`, host paths.
 */
export async function indexOffers(
  layout: Layout,
  {
    release,
    except = [],
    exceptFiles = [],
  }: {
    readonly release: string;
    readonly except?: readonly string[];
    readonly exceptFiles?: readonly string[];
  },
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
  const paths = indexedModules(await read('modules.dep'))
    .filter((path) => names.has(moduleName(path)))
    .map((path) => join(folder, path))
    .filter((path) => !exceptFiles.includes(path));
  return offersOf(await readObjects(paths), symbols);
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
      return file && parseObject({ name: moduleName(path), bytes: file.body, file: path });
    }),
  );
  return found.filter((module) => module !== undefined);
}
