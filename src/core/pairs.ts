import { isAbsolute, join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import type {
  BuildFacts,
  FailureFacts,
  InputChange,
  KernelFacts,
  KernelId,
  ModuleId,
  PairFacts,
} from '../policy/types.ts';
import { Fingerprints } from '../system/fingerprint.ts';
import { insideRoot } from '../system/root.ts';
import { FailureDigests, listFailures, readFailure } from './build/failures.ts';
import { Tools } from './build/toolchain.ts';
import { confVariables, type ReadConf, readConf } from './conf/conf.ts';
import { forgetConfs } from './conf/conf-memo.ts';
import type { ConfReader } from './conf/conf-reader.ts';
import type { ConfRequest, ConfResult, ConfVariables } from './conf/dkms-conf.ts';
import { listOverrides, type Overrides, overridesAmong } from './conf/overrides.ts';
import { isInPlace, readManifest } from './install/manifest.ts';
import { buildPrograms, type KernelTree } from './kernels.ts';
import { type BuildCoordinates, failureFolder, type Layout, provenanceFile } from './layout.ts';
import { asInstalled, locator } from './preflight/tree.ts';
import { findChanges, type PresentInputs, readProvenance } from './provenance/provenance.ts';
import { overridePaths } from './provenance/record.ts';
import { isMarkedForRebuild } from './rebuild-mark.ts';
import { isInstalled } from './tree.ts';

/** What building one pair takes, besides the facts about it. */
export interface BuildSite extends ReadConf {
  readonly variables: ConfVariables;
  readonly sourceFolder: string;
  readonly tree: KernelTree;
  /** Digest of everything a failed attempt may depend on. */
  digest(): Promise<string>;
  /** What it is computed with, which looks at a kernel's headers but once. */
  readonly digests: FailureDigests;
}

/** One module for one kernel, before anything of it is read. */
export interface Candidate {
  readonly module: ModuleId;
  readonly sourceFolder: string;
  readonly kernel: KernelFacts;
  readonly tree: KernelTree;
  readonly build?: BuildCoordinates;
}

export interface SurveyedPair {
  readonly facts: PairFacts;
  /** Left out when the dkms.conf says nothing for the kernel. */
  readonly site?: () => BuildSite;
}

/** What is read once and serves all pairs. */
interface Shared {
  readonly layout: Layout;
  readonly fingerprints: Fingerprints;
  readonly tools: Tools;
  readonly digests: FailureDigests;
  /** Folders of remembered failures. */
  readonly failures: ReadonlySet<string>;
}

export async function surveyPairs(
  { layout, evaluate }: ConfReader,
  candidates: readonly Candidate[],
): Promise<SurveyedPair[]> {
  const overrides = await listOverrides(layout.configFolder);
  const requests = candidates.map((candidate) => confRequest(layout, candidate, overrides));
  const results = await evaluate(requests);
  const shared = {
    layout,
    fingerprints: new Fingerprints(),
    tools: new Tools(),
    digests: new FailureDigests(),
    failures: listFailures(layout),
  };
  const pairs: SurveyedPair[] = [];
  for (const [index, candidate] of candidates.entries()) {
    const request = requests[index] as SiteRequest;
    pairs.push(await surveyPair(candidate, { request, result: results[index] as ConfResult, shared }));
  }
  return pairs;
}

interface SiteRequest extends ConfRequest {
  readonly variables: ConfVariables;
}

/** What evaluating the module's dkms.conf for the kernel takes. */
export function confRequest(
  layout: Layout,
  { module, sourceFolder, tree }: Pick<Candidate, 'module' | 'sourceFolder' | 'tree'>,
  overrides: Overrides,
): SiteRequest {
  const variables = confVariables(layout, { module, tree });
  const files = [join(sourceFolder, 'dkms.conf'), ...overridesAmong(overrides, variables)];
  return { files, variables, folders: tree.includedTrees };
}

interface Evaluated {
  readonly request: SiteRequest;
  readonly result: ConfResult;
  readonly shared: Shared;
}

async function surveyPair(
  candidate: Candidate,
  { request, result, shared }: Evaluated,
): Promise<SurveyedPair> {
  const { layout } = shared;
  const { module, kernel, build } = candidate;
  const { tree } = candidate;
  const subject = { ...kernel, config: tree.config?.settings };
  const reading = { module, kernel: subject, errors: 'engine' } as const;
  const read = readConf(asInstalled(result, tree), request.files[0] ?? '', reading);
  const bare = { module, kernel: kernel.release, autoinstall: false };
  if (read instanceof KmodsmithError) {
    const problem = { code: read.code, message: read.message };
    const found = build && { build: await readBuild(layout, build) };
    return { facts: { ...bare, problem, ...found } };
  }
  const { variables } = request;
  const site = () => siteOf(layout, candidate, { ...read, variables, digests: shared.digests });
  const failure = await readLastFailure(candidate, shared, () => site().digest());
  const present = (): PresentInputs => ({
    ...shared,
    ...{ sourceFolder: candidate.sourceFolder, directives: read.directives() },
    overrides: overridePaths({ layout, module, conf: read.conf }),
    headersReady: kernel.headers.state === 'ready',
    ...(tree.given && { locate: locator(tree.given) }),
  });
  return {
    site,
    facts: {
      ...bare,
      autoinstall: read.conf.autoinstall,
      ...(read.conf.depends.length > 0 && { depends: [...new Set(read.conf.depends)] }),
      ...(read.conf.warnings.length > 0 && { warnings: read.conf.warnings }),
      ...(read.excluded === undefined ? {} : { excluded: read.excluded }),
      ...(build && { build: await readBuild(layout, build, present()) }),
      ...(failure === undefined ? {} : { failure }),
    },
  };
}

async function readLastFailure(
  { module, kernel }: Candidate,
  { layout, failures }: Shared,
  digest: () => Promise<string>,
): Promise<FailureFacts | undefined> {
  if (failures.size === 0) return undefined;
  const at = { module, release: kernel.release, arch: kernel.arch };
  return failures.has(failureFolder(layout, at)) ? readFailure(layout, at, digest) : undefined;
}

function siteOf(
  layout: Layout,
  { module, sourceFolder, tree }: Pick<Candidate, 'module' | 'sourceFolder' | 'tree'>,
  { digests, variables, ...read }: ReadConf & { variables: ConfVariables; digests: FailureDigests },
): BuildSite {
  const { directives } = read;
  const digest = () => {
    const admins = join(layout.configFolder, module.name);
    const folders = [sourceFolder, admins, tree.path, ...tree.includedTrees];
    return digests.of({ directives: directives(), folders, programs: buildPrograms(tree) });
  };
  return { ...read, variables, sourceFolder, tree, digest, digests };
}

/**
 * A site with what its dkms.conf says by now, and by itself: what was installed since may be something that it looks at, and
 * those of other modules, with which it was evaluated, may have meddled with it. Plain files take no shell.
 * @throws KmodsmithError CONF_* when it says nothing any more.
 */
export async function rereadSite(
  { layout, evaluate }: ConfReader,
  { sourceFolder, tree, digests }: BuildSite,
  { module, kernel }: { readonly module: ModuleId; readonly kernel: KernelId },
): Promise<BuildSite> {
  const overrides = await listOverrides(layout.configFolder);
  const request = confRequest(layout, { module, sourceFolder, tree }, overrides);
  forgetConfs();
  const [result] = await evaluate([request]);
  const subject = { ...kernel, config: tree.config?.settings };
  const reading = { module, kernel: subject, errors: 'engine' } as const;
  const read = readConf(result as ConfResult, request.files[0] ?? '', reading);
  if (read instanceof KmodsmithError) throw read;
  const { variables } = request;
  return siteOf(layout, { module, sourceFolder, tree }, { ...read, variables, digests });
}

/** Without a sound dkms.conf there is nothing to compare the build with. */
async function readBuild(layout: Layout, at: BuildCoordinates, present?: PresentInputs): Promise<BuildFacts> {
  const provenance = await readProvenance(provenanceFile(layout, at));
  const manifest = await readManifest(layout, at);
  const installed = await isInstalled(layout, at);
  const mark = (await isMarkedForRebuild(layout, at)) && ({ marked: true } as const);
  if (provenance === undefined) {
    const change = { kind: 'unrecorded', name: 'build', change: 'changed' } as const;
    return { origin: 'unknown', installed, ...mark, builtAt: 0, changes: [change] };
  }
  const changes = present === undefined ? [] : await findChanges(provenance, present);
  // A crash between build and install leaves the earlier build's files in place.
  const isCurrent =
    installed && manifest?.build === provenance.startedAt && (await isInPlace(layout, manifest));
  return {
    origin: provenance.origin,
    ...(isCurrent ? { installed: true } : { installed: false, ...(installed && { remains: true }) }),
    ...mark,
    builtAt: provenance.startedAt,
    changes: changes.map((change) => seenFrom(layout.root, change)),
    ...(provenance.dependencies && { dependencies: provenance.dependencies }),
  };
}

/** Paths as the system below the root knows them. */
function seenFrom(root: string, change: InputChange): InputChange {
  return isAbsolute(change.name) ? { ...change, name: insideRoot(root, change.name) } : change;
}
