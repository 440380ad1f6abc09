import { join } from 'node:path';
import { isModuleName } from '../formats/release-words.ts';
import type { KernelId, ModuleId } from '../policy/types.ts';
import { exists, listFolder, readTextIfPresent, removeTree, writeAtomically } from '../system/files.ts';
import { confVariables, readConf } from './conf/conf.ts';
import { evaluateConfs } from './conf/dkms-conf.ts';
import { overrideFiles } from './conf/overrides.ts';
import { readKernelTree } from './kernels.ts';
import { type BuildCoordinates, type Layout, resultFolder } from './layout.ts';
import { installedVersion, listBuilds, listModules, sourceFolder } from './tree.ts';

/** Which version of a dependency a build was made against, one line in a file beside it: `.dep_<name>`. */
const recordPrefix = '.dep_';

/**
 * Names of BUILD_DEPENDS of which no version is installed for a kernel (dkms-compat.md section 2.4). What cannot be a
 * module's name is not installed.
 */
export async function findMissingDependencies(
  layout: Layout,
  depends: readonly string[],
  kernel: KernelId,
): Promise<string[]> {
  const versions = await Promise.all(depends.map((name) => installedDependency(layout, name, kernel)));
  return depends.filter((_, index) => versions[index] === undefined);
}

/**
 * Records in a build's result which versions of its dependencies are installed now (dkms-compat.md section 6.14; dkms
 * takes the newest version that is registered, installed or not: section 12, item 22).
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function writeDependencyVersions(
  layout: Layout,
  at: BuildCoordinates,
  depends: readonly string[],
): Promise<void> {
  const folder = resultFolder(layout, at);
  const records = (await listFolder(folder)).filter(({ name }) => name.startsWith(recordPrefix));
  for (const { name } of records)
    if (!depends.includes(name.slice(recordPrefix.length))) await removeTree(join(folder, name));
  for (const name of new Set(depends)) {
    const version = await installedDependency(layout, name, at);
    if (version !== undefined) await writeAtomically(join(folder, `${recordPrefix}${name}`), `${version}\n`);
  }
}

/**
 * The modules built for a kernel that ask for it (BUILD_DEPENDS_REBUILD) and were made against other versions of their
 * dependencies than are installed now, or of which nobody knows. Dependencies come before what depends on them. A module
 * whose dependency is not installed at all is none of them: it could not be built. What has no sound dkms.conf neither.
 */
export async function staleDependents(layout: Layout, kernel: KernelId): Promise<readonly ModuleId[]> {
  const dependents = (await readBuilt(layout, kernel)).filter(({ wantsRebuild }) => wantsRebuild);
  const stale: Dependent[] = [];
  for (const dependent of dependents) if (await isStale(layout, dependent, kernel)) stale.push(dependent);
  return inOrder(stale).map(({ module }) => module);
}

interface Dependent {
  readonly module: ModuleId;
  readonly depends: readonly string[];
  readonly wantsRebuild: boolean;
}

/** The version of a module that is installed for a kernel, its build included. */
async function installedDependency(
  layout: Layout,
  name: string,
  { release, arch }: KernelId,
): Promise<string | undefined> {
  if (!isModuleName(name)) return undefined;
  const version = await installedVersion(layout, { module: { name, version: '' }, release, arch });
  if (version === undefined) return undefined;
  const at = { module: { name, version }, release, arch };
  return (await exists(join(resultFolder(layout, at), 'module'))) ? version : undefined;
}

async function isStale(layout: Layout, { module, depends }: Dependent, kernel: KernelId): Promise<boolean> {
  const folder = resultFolder(layout, { module, ...kernel });
  let differs = false;
  for (const name of depends) {
    const installed = await installedDependency(layout, name, kernel);
    if (installed === undefined) return false;
    const text = await readTextIfPresent(join(folder, `${recordPrefix}${name}`)).catch(() => undefined);
    differs ||= text?.trim() !== installed;
  }
  return differs;
}

/** What each module that is built for a kernel says of its dependencies. */
async function readBuilt(layout: Layout, kernel: KernelId): Promise<Dependent[]> {
  const { release, arch } = kernel;
  const built: ModuleId[] = [];
  for (const module of await listModules(layout)) {
    const builds = await listBuilds(layout, module);
    if (builds.some((build) => build.release === release && build.arch === arch)) built.push(module);
  }
  if (built.length === 0) return [];
  const tree = await readKernelTree(layout, release);
  const requests = await Promise.all(
    built.map(async (module) => {
      const variables = confVariables(layout, { module, tree, arch });
      const overrides = await overrideFiles(layout.configFolder, variables);
      return { files: [join(await sourceFolder(layout, module), 'dkms.conf'), ...overrides], variables };
    }),
  );
  const results = await evaluateConfs(requests);
  return built.flatMap((module, index) => {
    const result = results[index];
    if (result === undefined) return [];
    const reading = { module, kernel: { release, arch }, errors: 'lenient' } as const;
    const read = readConf(result, requests[index]?.files[0] ?? '', reading);
    if (!('conf' in read) || read.conf.depends.length === 0) return [];
    return [{ module, depends: read.conf.depends, wantsRebuild: read.conf.rebuildsWithDependencies }];
  });
}

/** Modules that depend on each other in a circle keep the order they came in. */
function inOrder(dependents: readonly Dependent[]): Dependent[] {
  const names = new Set(dependents.map(({ module }) => module.name));
  const ordered: Dependent[] = [];
  const visit = (dependent: Dependent, path: readonly Dependent[]) => {
    if (ordered.includes(dependent) || path.includes(dependent)) return;
    for (const name of dependent.depends.filter((depend) => names.has(depend)))
      for (const other of dependents.filter(({ module }) => module.name === name))
        visit(other, [...path, dependent]);
    ordered.push(dependent);
  };
  for (const dependent of dependents) visit(dependent, []);
  return ordered;
}
