import { join } from 'node:path';
import { type Distribution, detectDistribution } from '../distros/index.ts';
import { KmodsmithError } from '../errors.ts';
import { parseOsRelease } from '../formats/os-release.ts';
import { inScope, type Scope } from '../policy/scope.ts';
import type { BuildFacts, Facts, KernelFacts, ModuleFacts, ModuleId, PairFacts } from '../policy/types.ts';
import { exists, readTextIfPresent } from '../system/files.ts';
import { Fingerprints, sha256 } from '../system/fingerprint.ts';
import { machineName } from '../system/machine.ts';
import { resolveInRoot } from '../system/root.ts';
import { type ModuleConf, readDirectives } from './directives.ts';
import {
  type ConfRequest,
  type ConfResult,
  type ConfVariables,
  evaluateConfs,
  overrideFiles,
} from './dkms-conf.ts';
import { findExclusion } from './exclusions.ts';
import { digestInputs, readFailure } from './failures.ts';
import { headersTree, includedTrees, listReleases, readKernel, readKernelConfig } from './kernels.ts';
import { type BuildCoordinates, type Layout, modulesFolder, provenanceFile } from './layout.ts';
import { readManifest } from './manifest.ts';
import { findChanges, readProvenance } from './provenance.ts';
import { isInstalled, isRegistered, listBuilds, listModules, sourceFolder } from './tree.ts';

/** What building one pair takes, besides the facts about it. */
interface BuildSite {
  readonly conf: ModuleConf;
  readonly directives: string;
  readonly variables: ConfVariables;
  readonly sourceFolder: string;
  readonly headersTree: string;
  /** Digest of everything a failed attempt may depend on. */
  digest(): Promise<string>;
}

export interface Survey {
  readonly facts: Facts;
  readonly distribution: Distribution;
  site(module: ModuleId, release: string): BuildSite | undefined;
}

/** Reads everything on disk that decisions depend on, once. Broken modules and kernels are facts, not errors. */
export async function survey(layout: Layout, scope: Scope): Promise<Survey> {
  const modules = await listModules(layout);
  const builds = (await Promise.all(modules.map((module) => listBuilds(layout, module)))).flat();
  const releases = new Set([...(await listReleases(layout)), ...builds.map((build) => build.release)]);
  const kernels = await Promise.all([...releases].sort().map((release) => readKernel(layout, release)));
  const wanted = modules.flatMap((module) =>
    kernels.filter((kernel) => inScope(scope, module, kernel.release)).map((kernel) => ({ module, kernel })),
  );
  const pairs = await surveyPairs(layout, wanted, builds);
  return {
    facts: {
      kernels,
      modules: await Promise.all(modules.map((module) => readModule(layout, module, pairs))),
      pairs: pairs.map((pair) => pair.facts),
    },
    distribution: await readDistribution(layout),
    site: (module, release) => pairs.find(({ facts }) => isPair(facts, module, release))?.site,
  };
}

async function readDistribution(layout: Layout): Promise<Distribution> {
  const candidates = ['/etc/os-release', '/usr/lib/os-release'];
  const paths = await Promise.all(candidates.map((path) => resolveInRoot(layout.root, path)));
  const texts = await Promise.all(paths.map(readTextIfPresent));
  return detectDistribution(parseOsRelease(texts.find((text) => text !== undefined) ?? ''));
}

/** The settings under which a module's dkms.conf is evaluated for a kernel. */
export async function confVariables(
  layout: Layout,
  module: ModuleId,
  release: string,
): Promise<ConfVariables> {
  const tree = await headersTree(layout, release);
  return {
    kernelver: release,
    arch: machineName,
    kernel_source_dir: layout.root === '/' ? join(modulesFolder(layout, release), 'build') : tree,
    kernel_config: (await readKernelConfig(tree))?.path ?? join(tree, '.config'),
    module: module.name,
    module_version: module.version,
    dkms_tree: layout.dkmsTree,
    source_tree: layout.sourceTree,
    install_tree: layout.installTree,
  };
}

interface Candidate {
  readonly module: ModuleId;
  readonly kernel: KernelFacts;
}

interface SurveyedPair {
  readonly facts: PairFacts;
  readonly site?: BuildSite;
  readonly problem?: KmodsmithError;
}

function isPair(facts: PairFacts, module: ModuleId, release: string): boolean {
  return (
    facts.kernel === release && facts.module.name === module.name && facts.module.version === module.version
  );
}

async function surveyPairs(
  layout: Layout,
  candidates: readonly Candidate[],
  builds: readonly BuildCoordinates[],
): Promise<SurveyedPair[]> {
  const requests = await Promise.all(candidates.map((candidate) => confRequest(layout, candidate)));
  const results = await evaluateConfs(requests);
  const fingerprints = new Fingerprints();
  const pairs: SurveyedPair[] = [];
  for (const [index, candidate] of candidates.entries()) {
    const build = builds.find(
      (at) =>
        at.release === candidate.kernel.release &&
        at.module === candidate.module &&
        at.arch === candidate.kernel.arch,
    );
    const request = requests[index] as ConfRequest;
    const result = results[index] as ConfResult;
    pairs.push(await surveyPair({ layout, candidate, request, result, build, fingerprints }));
  }
  return pairs;
}

async function confRequest(layout: Layout, { module, kernel }: Candidate): Promise<ConfRequest> {
  const variables = await confVariables(layout, module, kernel.release);
  const conf = join(await sourceFolder(layout, module), 'dkms.conf');
  return { files: [conf, ...(await overrideFiles(join(layout.root, 'etc/dkms'), variables))], variables };
}

interface PairInput {
  readonly layout: Layout;
  readonly candidate: Candidate;
  readonly request: ConfRequest;
  readonly result: ConfResult;
  readonly build: BuildCoordinates | undefined;
  readonly fingerprints: Fingerprints;
}

async function surveyPair(input: PairInput): Promise<SurveyedPair> {
  const { layout, candidate, request, result, build, fingerprints } = input;
  const { module, kernel } = candidate;
  const read = readConf(result, request, module);
  const bare = { module, kernel: kernel.release, autoinstall: false };
  if (read instanceof KmodsmithError) {
    const facts = build === undefined ? bare : { ...bare, build: await readBuildWithoutConf(layout, build) };
    return { facts, problem: read };
  }
  const { variables } = request;
  const site: BuildSite = {
    ...read,
    variables,
    sourceFolder: await sourceFolder(layout, module),
    headersTree: await headersTree(layout, kernel.release),
    digest: async () =>
      digestInputs({
        ...site,
        trees: [site.headersTree, ...(await includedTrees(layout, site.headersTree))],
      }),
  };
  const at = { module, release: kernel.release, arch: kernel.arch };
  const config = (await readKernelConfig(site.headersTree))?.settings;
  const excluded = findExclusion(read.conf.exclusions, kernel, config);
  const failure = await readFailure(layout, at, site.digest);
  const headersReady = kernel.headers.state === 'ready';
  return {
    site,
    facts: {
      ...bare,
      autoinstall: read.conf.autoinstall,
      ...(excluded === undefined ? {} : { excluded }),
      ...(build === undefined
        ? {}
        : { build: await readBuild(layout, at, { ...site, headersReady, fingerprints }) }),
      ...(failure === undefined ? {} : { failure }),
    },
  };
}

/** The directives of a dkms.conf, or all that is wrong with it as one error. */
export function readConf(
  result: ConfResult,
  { files, variables }: ConfRequest,
  module: ModuleId,
): { conf: ModuleConf; directives: string } | KmodsmithError {
  if ('error' in result) return result.error;
  const { conf, errors } = readDirectives(result.values, variables.kernelver);
  const named = [
    ...(conf.name === module.name || conf.name === ''
      ? []
      : [`PACKAGE_NAME is '${conf.name}', not '${module.name}'`]),
    ...(conf.version === module.version || conf.version === ''
      ? []
      : [`PACKAGE_VERSION is '${conf.version}', not '${module.version}'`]),
  ];
  const all = [...errors, ...named];
  if (all.length === 0) return { conf, directives: sha256(JSON.stringify(result.values)) };
  return new KmodsmithError('CONF_INVALID', `${files[0]}: ${all.join('; ')}`, {
    hint: 'Mend the file, or reinstall the package that it comes from.',
  });
}

type PresentInputs = Parameters<typeof findChanges>[1];

async function readBuild(layout: Layout, at: BuildCoordinates, present: PresentInputs): Promise<BuildFacts> {
  const provenance = await readProvenance(provenanceFile(layout, at));
  const manifest = await readManifest(layout, at);
  const installed = await isInstalled(layout, at);
  if (provenance === undefined) {
    const change = { kind: 'unrecorded', name: 'build', change: 'changed' } as const;
    return { origin: 'unknown', installed, builtAt: 0, changes: [change] };
  }
  return {
    origin: provenance.origin,
    // A crash between build and install leaves the earlier build's files in place.
    installed: installed && manifest?.build === provenance.startedAt,
    builtAt: provenance.startedAt,
    changes: await findChanges(provenance, present),
  };
}

async function readBuildWithoutConf(layout: Layout, at: BuildCoordinates): Promise<BuildFacts> {
  const provenance = await readProvenance(provenanceFile(layout, at));
  const installed = await isInstalled(layout, at);
  return {
    origin: provenance?.origin ?? 'unknown',
    installed,
    builtAt: provenance?.startedAt ?? 0,
    changes: [],
  };
}

async function readModule(
  layout: Layout,
  module: ModuleId,
  pairs: readonly SurveyedPair[],
): Promise<ModuleFacts> {
  const registered = await isRegistered(layout, module);
  const folder = await sourceFolder(layout, module);
  if (!(await exists(folder))) {
    const message = registered ? `its source ${folder} is not there` : 'it is not registered any more';
    return { ...module, registered, problem: { code: 'SOURCE_MISSING', message } };
  }
  const problem = pairs.find(({ facts }) => facts.module === module)?.problem;
  return problem === undefined
    ? { ...module, registered }
    : { ...module, registered, problem: { code: problem.code, message: problem.message } };
}
