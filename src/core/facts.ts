import { type Distribution, detectDistribution } from '../distros/index.ts';
import { parseOsRelease } from '../formats/os-release.ts';
import { compareDependencies } from '../policy/dependencies.ts';
import { groupByModule, isSameModule, moduleKey } from '../policy/identity.ts';
import { inScope, type Scope } from '../policy/scope.ts';
import type { Facts, KernelFacts, ModuleFacts, ModuleId } from '../policy/types.ts';
import { exists, readTextIfPresent } from '../system/files.ts';
import { runningRelease } from '../system/machine.ts';
import { resolveInRoot } from '../system/root.ts';
import type { ConfReader } from './conf/conf-reader.ts';
import { isIndexOutdated } from './install/depmod.ts';
import { readManifest } from './install/manifest.ts';
import { type KernelTree, listReleases, readKernel, readKernelTree } from './kernels.ts';
import type { BuildCoordinates, Layout } from './layout.ts';
import { type BuildSite, type Candidate, type SurveyedPair, surveyPairs } from './pairs.ts';
import { identify } from './register.ts';
import { relatedScope } from './related.ts';
import { sourcePath } from './source.ts';
import { isInstalled, isRegistered, listBuilds, listModules, sourceFolder } from './tree.ts';
import { LinkSurvey } from './weak-links/survey-links.ts';

export interface Survey {
  readonly facts: Facts;
  readonly distribution: Distribution;
  site(module: ModuleId, release: string): BuildSite | undefined;
}

/**
 * Reads everything on disk that decisions depend on, once. Broken modules and kernels are facts, not errors. With a tree of
 * a kernel that is `arriving`, the facts are as they would be with that kernel and that tree.
 */
export async function survey(reader: ConfReader, scope: Scope, arriving?: KernelTree): Promise<Survey> {
  const { layout } = reader;
  const known = await listModules(layout);
  const named = await whatIsMeant(reader, scope.modules.filter(isModuleId), known);
  const found = await Promise.all([...known, ...named].map((id) => findModule(layout, id)));
  // What an event names need not be there.
  const modules = found.filter(({ id, hasSource }) => hasSource || known.includes(id));
  const distribution = await readDistribution(layout);
  const kernels = await findKernels(layout, { modules, distribution, arriving });
  const candidates = candidatesOf(modules, kernels);
  const widened = await relatedScope(reader, scope, candidates);
  const pairs = await surveyPairs(
    reader,
    candidates.filter(({ module, kernel }) => inScope(widened, module, kernel.release)),
  );
  const byModule = groupByModule(pairs, ({ facts }) => facts.module);
  return {
    facts: {
      kernels: kernels.map(({ facts }) => facts),
      modules: modules.map((module) => readModule(module, byModule.get(moduleKey(module.id)) ?? [])),
      pairs: compareDependencies(pairs.map(({ facts }) => facts)),
    },
    distribution,
    site: (module, release) =>
      pairs.find(({ facts }) => isSameModule(facts.module, module) && facts.kernel === release)?.site?.(),
  };
}

/**
 * Those of the named modules that are not known. One folder may be the source of several, as names and versions have dashes:
 * its dkms.conf says which one it is; where that is broken, the shortest version counts. A known one needs no telling.
 */
async function whatIsMeant(
  reader: ConfReader,
  named: readonly ModuleId[],
  known: readonly ModuleId[],
): Promise<ModuleId[]> {
  const { layout } = reader;
  const folders = new Set(named.map((id) => sourcePath(layout, id)));
  for (const id of known) folders.delete(sourcePath(layout, id));
  const meant: ModuleId[] = [];
  for (const folder of folders) {
    const ids = named.filter((id) => sourcePath(layout, id) === folder);
    const own = ids.length > 1 && (await identify(reader, folder, runningRelease).catch(() => undefined));
    meant.push(ids.find((id) => own && isSameModule(id, own)) ?? (ids.at(-1) as ModuleId));
  }
  return meant;
}

interface FoundModule {
  readonly id: ModuleId;
  readonly isRegistered: boolean;
  readonly sourceFolder: string;
  readonly hasSource: boolean;
  readonly builds: readonly BuildCoordinates[];
  /** Releases of kernels. */
  readonly installedFor: readonly string[];
}

/** The source of one that is not registered yet is where its package puts it. */
async function findModule(layout: Layout, id: ModuleId): Promise<FoundModule> {
  const registered = await isRegistered(layout, id);
  const folder = registered ? await sourceFolder(layout, id) : sourcePath(layout, id);
  const builds = await listBuilds(layout, id);
  const installed = await Promise.all(builds.map((build) => isInstalled(layout, build)));
  return {
    ...{ id, isRegistered: registered, sourceFolder: folder, hasSource: await exists(folder), builds },
    installedFor: builds.filter((_, index) => installed[index]).map(({ release }) => release),
  };
}

function isModuleId(module: Pick<ModuleId, 'name'>): module is ModuleId {
  return 'version' in module;
}

interface FoundKernel {
  readonly facts: KernelFacts;
  readonly tree: KernelTree;
}

interface Around {
  readonly modules: readonly FoundModule[];
  readonly distribution: Distribution;
  readonly arriving: KernelTree | undefined;
}

/** Every kernel that has a folder, and every one that has builds although its folder is gone. */
async function findKernels(layout: Layout, around: Around): Promise<FoundKernel[]> {
  const { modules, distribution, arriving } = around;
  const builds = modules.flatMap((module) => module.builds);
  const known = new Set([...(await listReleases(layout)), ...builds.map(({ release }) => release)]);
  if (arriving !== undefined) known.add(arriving.release);
  const links = new LinkSurvey(layout);
  return Promise.all(
    [...known].sort().map(async (release) => {
      const isArriving = release === arriving?.release;
      const tree = isArriving ? arriving : await readKernelTree(layout, release);
      const own = builds.filter((build) => build.release === release);
      const indexOutdated = await isIndexOutdated(layout, release, await listInstalled(layout, own));
      const facts = await readKernel(layout, tree, distribution);
      const image = isArriving ? ('present' as const) : facts.image;
      const weakLinks = await links.linksOf(tree);
      const further = { ...(indexOutdated && { indexOutdated }), ...(weakLinks.length > 0 && { weakLinks }) };
      return { tree, facts: { ...facts, image, ...further } };
    }),
  );
}

async function listInstalled(layout: Layout, builds: readonly BuildCoordinates[]): Promise<string[]> {
  const manifests = await Promise.all(builds.map((build) => readManifest(layout, build)));
  return manifests.flatMap((manifest) => manifest?.files ?? []).map(({ path }) => path);
}

function candidatesOf(modules: readonly FoundModule[], kernels: readonly FoundKernel[]): Candidate[] {
  return modules.flatMap(({ id, sourceFolder, builds }) =>
    kernels.map(({ facts: kernel, tree }) => {
      const build = builds.find(({ release, arch }) => release === kernel.release && arch === kernel.arch);
      return { module: id, sourceFolder, kernel, tree, ...(build && { build }) };
    }),
  );
}

/** `pairs` are its own. */
function readModule(found: FoundModule, pairs: readonly SurveyedPair[]): ModuleFacts {
  const { id, isRegistered: registered, sourceFolder, hasSource, builds, installedFor } = found;
  const facts = { ...id, registered, builtFor: builds.map(({ release }) => release), installedFor };
  if (!hasSource) {
    const message = registered ? `its source ${sourceFolder} is not there` : 'it is not registered any more';
    return { ...facts, problem: { code: 'SOURCE_MISSING', message } };
  }
  const problem = pairs.every(({ site }) => site === undefined) ? pairs[0]?.facts.problem : undefined;
  return problem === undefined ? facts : { ...facts, problem };
}

/** What the root's os-release(5) says it is. */
export async function readDistribution(layout: Layout): Promise<Distribution> {
  const candidates = ['/etc/os-release', '/usr/lib/os-release'];
  const paths = await Promise.all(candidates.map((path) => resolveInRoot(layout.root, path)));
  const texts = await Promise.all(paths.map((path) => readTextIfPresent(path).catch(() => undefined)));
  return detectDistribution(parseOsRelease(texts.find((text) => text !== undefined) ?? ''));
}
