import { basename, join } from 'node:path';
import { buildModule } from '../core/build/build.ts';
import { prepareUname } from '../core/build/environment.ts';
import { isLasting } from '../core/build/failures.ts';
import type { Survey } from '../core/facts.ts';
import type { KernelTree } from '../core/kernels.ts';
import { activeLink, buildFolder, type Layout, registrationLink, resultFolder } from '../core/layout.ts';
import { rereadSite } from '../core/pairs.ts';
import { type Isolation, isolate } from '../core/preflight/isolation.ts';
import { asFolder, type Sandbox } from '../core/sandbox/sandbox.ts';
import { sourceFolder } from '../core/tree.ts';
import { KmodsmithError } from '../errors.ts';
import { installedVersions, versionIn } from '../policy/dependencies.ts';
import { moduleLabel } from '../policy/explain.ts';
import { type Policies, policyFor } from '../policy/policies.ts';
import { failsToBuild, type Trial } from '../policy/preflight.ts';
import type { Action, Plan } from '../policy/types.ts';
import { runChecked } from '../system/exec.ts';
import {
  copyAtomically,
  exists,
  linkAtomically,
  linkTarget,
  makeFolder,
  readTextIfPresent,
} from '../system/files.ts';
import { confReader } from './conf-reader.ts';
import type { EngineSettings } from './engine-settings.ts';
import { type SandboxFor, sandboxing } from './sandboxing.ts';

type BuildAction = Extract<Action, { do: 'build' }>;

export interface Trying {
  /** Of the machine. */
  readonly layout: Layout;
  readonly survey: Survey;
  /** Of the kernel that would arrive. */
  readonly tree: KernelTree;
  readonly settings: Omit<EngineSettings, 'signingFor' | 'sandboxFor'>;
  readonly policies: Policies;
  /** Private, by its real path: everything that a build writes goes here. */
  readonly folder: string;
  /** Where logs of failed builds are kept, as a host path; nowhere when left out. */
  readonly logs?: string | undefined;
  readonly onStart?: ((action: Action) => void) | undefined;
}

/** Where trial builds are made, and what they see. */
interface Bench extends Trying {
  readonly own: Layout;
  readonly isolation: Isolation;
  readonly sandboxFor: SandboxFor;
}

/** What became of a build of the plan. */
export interface Tried {
  readonly action: BuildAction;
  readonly trial: Trial;
}

/**
 * Builds what the plan would build for the kernel, one module after the other, in private folders. Nothing is signed, and
 * POST_BUILD, which may do anything to the machine, is not run.
 */
export async function tryBuilds(plan: Plan, trying: Trying): Promise<readonly Tried[]> {
  const { layout, tree, folder } = trying;
  const dkmsTree = join(folder, 'tree');
  const programs = join(dkmsTree, '.kmodsmith/bin');
  const own = { ...layout, dkmsTree, programs, failures: join(folder, 'failures') };
  await prepareUname(own);
  const isolation = await isolate({ layout, tree, folder, dkmsTree: own.dkmsTree });
  const sandboxFor = sandboxing(own, trying.settings.onWarning, isolation.folders);
  const tried: Tried[] = [];
  for (const action of plan.actions) {
    if (action.do !== 'build' || action.kernel.release !== tree.release) continue;
    const trial =
      findObstacle(action, tried, trying) ??
      (await tryBuild(action, { ...trying, own, isolation, sandboxFor }));
    tried.push({ action, trial });
  }
  return tried;
}

/** What the module depends on has to be installed by now, for nothing is installed here. */
function findObstacle(
  { dependencies = {} }: BuildAction,
  tried: readonly Tried[],
  { survey, tree }: Trying,
): Trial | undefined {
  const present = installedVersions(survey.facts.pairs).get(tree.release);
  const names = Object.keys(dependencies).filter(
    (name) => present?.get(name) !== versionIn(dependencies, name),
  );
  if (names.length === 0) return undefined;
  const failed = tried.filter(({ trial }) => failsToBuild(trial)).map(({ action }) => action.module.name);
  const lost = names.filter((name) => failed.includes(name));
  if (lost.length > 0) return { result: 'untried', because: { code: 'needs-failed', names: lost } };
  return { result: 'untried', because: { code: 'needs-installed', names } };
}

async function tryBuild(action: BuildAction, bench: Bench): Promise<Trial> {
  const { tree, folder, onStart } = bench;
  const { name, version } = action.module;
  const log = join(folder, 'logs', `${name}-${version}-${tree.release}.log`);
  onStart?.(action);
  try {
    await build(action, bench, log);
    return { result: 'builds' };
  } catch (error) {
    if (!(error instanceof KmodsmithError)) throw error;
    return explainFailure(error, log, { action, bench });
  }
}

async function build(action: BuildAction, bench: Bench, log: string): Promise<void> {
  const { layout, own, survey, settings, tree, policies } = bench;
  const { module, kernel, origin, dependencies = {} } = action;
  const found = survey.site(module, tree.release);
  if (found === undefined)
    throw new KmodsmithError('SOURCE_MISSING', `${moduleLabel(module)}: there is nothing to build from`);
  for (const [name, version] of Object.entries(dependencies))
    await copyDependency({ module: { name, version }, ...kernel }, { layout, own });
  await linkAtomically(found.sourceFolder, registrationLink(own, module));
  const site = await rereadSite(confReader({ layout: own, policies }), found, action);
  const conf = { ...site.conf, scripts: { ...site.conf.scripts } };
  delete conf.scripts.POST_BUILD;
  const signing = { sign: false, because: 'it is a trial' } as const;
  const sandbox = await keepIn(module, bench);
  const request = { ...site, conf, layout: own, module, kernel, origin };
  const toolchain = await settings.toolchainFor(tree, policyFor(bench.policies, module).compiler);
  const adapted = { ...settings, toolchain, signing, ...(sandbox && { sandbox }) };
  await buildModule({ ...request, settings: adapted }, log);
}

/** Without a real sandbox, trials have at least their own folders in the place of the machine's. */
async function keepIn(
  module: BuildAction['module'],
  { tree, policies, isolation, sandboxFor }: Bench,
): Promise<Sandbox | undefined> {
  const { sandbox } = await sandboxFor({ module, tree }, policyFor(policies, module).sandbox);
  const { wrapper, aliases } = isolation;
  if (sandbox === undefined) return wrapper && { wrap: () => wrapper, showsFolders: false };
  const wrap: Sandbox['wrap'] = (...writable) => {
    const more = writable
      .map(asFolder)
      .flatMap(({ source, target }) => aliases(target).map((alias) => ({ ...alias, source })));
    return sandbox.wrap(...writable, ...more);
  };
  return { ...sandbox, wrap };
}

/** As it is installed: its symbols may be what the module is linked with. */
async function copyDependency(
  at: Parameters<typeof resultFolder>[1],
  { layout, own }: { readonly layout: Layout; readonly own: Layout },
): Promise<void> {
  const target = await linkTarget(activeLink(layout, at));
  const result = resultFolder(own, at);
  if (target === undefined || (await exists(result))) return;
  await makeFolder(result);
  await runChecked(['cp', '-a', '--reflink=auto', `${resultFolder(layout, at)}/.`, result]);
  await linkAtomically(await sourceFolder(layout, at.module), registrationLink(own, at.module));
  await linkAtomically(target, activeLink(own, at));
}

interface Failed {
  readonly action: BuildAction;
  readonly bench: Bench;
}

async function explainFailure(error: KmodsmithError, log: string, failed: Failed): Promise<Trial> {
  const { action, bench } = failed;
  const { own, folder, tree, isolation, logs } = bench;
  const message = error.message
    .replaceAll(`${buildFolder(own, action.module)}/`, '')
    .replaceAll(join(folder, 'unpacked'), '');
  if (!isLasting(error) && !error.code.startsWith('CONF_'))
    return { result: 'untried', because: { code: 'trouble', message } };
  const text = await readTextIfPresent(log);
  const path = `/lib/modules/${tree.release}/build`;
  if (!isolation.hasPlace && text?.includes(path))
    return { result: 'untried', because: { code: 'needs-place', path } };
  const kept = logs === undefined || text === undefined ? undefined : join(logs, basename(log));
  if (kept !== undefined) await copyAtomically(log, kept);
  return { result: 'fails', code: error.code, message, ...(kept !== undefined && { log: kept }) };
}
