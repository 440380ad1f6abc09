import type { Framework } from '../config/framework.ts';
import { type Survey, survey } from '../core/facts.ts';
import type { KernelTree } from '../core/kernels.ts';
import type { Layout } from '../core/layout.ts';
import { readHeaders } from '../core/preflight/headers.ts';
import { KmodsmithError } from '../errors.ts';
import { decide } from '../policy/decide.ts';
import { isSameModule } from '../policy/identity.ts';
import { type Policies, policyFor } from '../policy/policies.ts';
import { type Forecast, forecast, withTrial } from '../policy/preflight.ts';
import { scopeOf } from '../policy/scope.ts';
import type { Action, Facts, KernelFacts, PackageEvent, Plan } from '../policy/types.ts';
import { now } from '../system/clock.ts';
import { realPath } from '../system/files.ts';
import { makeTemporaryFolder } from '../system/unpacked-files.ts';
import { confReader } from './conf-reader.ts';
import { type EngineSettings, engineSettings } from './engine-settings.ts';
import { tryBuilds } from './preflight-trial.ts';

export interface PreflightOptions {
  readonly layout: Layout;
  readonly framework: Framework;
  readonly policies: Policies;
  readonly release: string;
  /** Host paths: a build tree, or packages; none for the headers that are installed. */
  readonly headers: readonly string[];
  /** Whether to really build. */
  readonly build: boolean;
  /** Where logs of failed builds are kept, as a host path. */
  readonly logs?: string | undefined;
  /** Below which everything is written. */
  readonly temporaryFolder: string;
  readonly onStart?: (action: Action) => void;
}

export interface Preflight {
  readonly kernel: KernelFacts;
  readonly modules: readonly Forecast[];
}

/**
 * What would become of every module if a kernel arrived with its headers. Reads, and writes to a private folder alone, which
 * is gone in the end.
 * @throws KmodsmithError HEADERS_MISSING, HEADERS_UNUSABLE and as `readHeaders`.
 */
export async function preflight(options: PreflightOptions): Promise<Preflight> {
  const { layout, release, headers: paths, build, temporaryFolder } = options;
  const isReadOnly = paths.length === 0 && !build;
  await using temporary = isReadOnly ? undefined : await makeTemporaryFolder(temporaryFolder);
  const folder = temporary && (await realPath(temporary.path));
  const tree = await readHeaders({ layout, release, paths, folder });
  const events = arrivalOf(release);
  const found = await survey(confReader(options), scopeOf(events), tree);
  const kernel = requireHeaders(found, { tree, folder });
  const facts = build ? withoutFailures(found.facts) : found.facts;
  const plan = decide(events, facts, options.policies);
  const forecasts = forecast({ facts, plan, release, policies: options.policies });
  const { framework, policies } = options;
  const settings = engineSettings({ layout, framework, distribution: found.distribution });
  const trying = { ...options, survey: found, tree, settings };
  const tried =
    build && folder !== undefined ? await tryForecasts(forecasts, plan, { ...trying, folder }) : forecasts;
  const modules = await Promise.all(tried.map((one) => foreseeSigning(one, { policies, settings, tree })));
  return { kernel, modules };
}

/** As the hooks of its packages would tell it. */
function arrivalOf(kernel: string): PackageEvent[] {
  return (['image', 'headers'] as const).map((subject) => ({
    ...{ subject, kernel, transition: 'install', at: now() },
  }));
}

interface Read {
  readonly tree: KernelTree;
  readonly folder: string | undefined;
}

function requireHeaders({ facts }: Survey, { tree, folder }: Read): KernelFacts {
  const { release } = tree;
  const kernel = facts.kernels.find((candidate) => candidate.release === release) as KernelFacts;
  const { headers } = kernel;
  if (headers.state === 'absent') {
    throw new KmodsmithError('HEADERS_MISSING', `the headers of ${release} are not installed`, {
      hint: `Install ${headers.package ?? 'them'}, or give the package or the build tree with --headers.`,
    });
  }
  if (headers.state === 'ready') return kernel;
  const unpacked = `${folder}/unpacked`;
  const why = headers.why.replaceAll(unpacked, '');
  throw new KmodsmithError('HEADERS_UNUSABLE', `the headers of ${release} cannot be used: ${why}`, {
    hint: howToMend(tree, unpacked),
  });
}

function howToMend({ release, path, given }: KernelTree, unpacked: string): string {
  if (given === undefined) return 'Install the headers package of this kernel again, and a compiler.';
  return path.startsWith(unpacked)
    ? 'Give all packages that the headers are split into, --headers once for each.'
    : `Give the whole build tree of ${release}, as its package lays it down.`;
}

/** What failed once is tried again. */
function withoutFailures(facts: Facts): Facts {
  return { ...facts, pairs: facts.pairs.map(({ failure: _forgotten, ...pair }) => pair) };
}

interface Trying extends PreflightOptions {
  readonly survey: Survey;
  readonly tree: KernelTree;
  readonly settings: EngineSettings;
  readonly folder: string;
}

async function tryForecasts(forecasts: readonly Forecast[], plan: Plan, trying: Trying): Promise<Forecast[]> {
  const { policies } = trying;
  const tried = await tryBuilds(plan, trying);
  return forecasts.map((one) => {
    const own = tried.find(({ action }) => isSameModule(action.module, one.module));
    return own === undefined ? one : withTrial(one, own.trial, policies);
  });
}

/** A build whose signature the policy requires fails without anything to sign with, however well it compiles. */
async function foreseeSigning(
  found: Forecast,
  { policies, settings, tree }: Pick<Trying, 'policies' | 'settings' | 'tree'>,
): Promise<Forecast> {
  const { module } = found;
  const policy = policyFor(policies, module);
  if (found.fate !== 'build' || policy.sign !== 'require') return found;
  try {
    await settings.signingFor(tree, { module, policy });
    return found;
  } catch (error) {
    if (!(error instanceof KmodsmithError)) throw error;
    return withTrial(found, { result: 'fails', code: error.code, message: error.message }, policies);
  }
}
