import { buildModule } from '../core/build/build.ts';
import { attemptLog, findPassingTrouble, isLasting, rememberFailure } from '../core/build/failures.ts';
import { writeDependencyVersions } from '../core/dependency-versions.ts';
import type { Survey } from '../core/facts.ts';
import { runDepmod } from '../core/install/depmod.ts';
import { deregisterModule, forgetFailure, unbuildModule } from '../core/install/uninstall.ts';
import type { BuildCoordinates, Layout } from '../core/layout.ts';
import { rereadSite } from '../core/pairs.ts';
import { registerModule } from '../core/register.ts';
import { installedVersions } from '../core/tree.ts';
import { KmodsmithError, messageOf } from '../errors.ts';
import { versionIn } from '../policy/dependencies.ts';
import { moduleLabel } from '../policy/explain.ts';
import { isSameModule } from '../policy/identity.ts';
import { type Policies, policyFor } from '../policy/policies.ts';
import type { Action, Plan } from '../policy/types.ts';
import { runningRelease } from '../system/machine.ts';
import type { EngineSettings } from './engine-settings.ts';
import { installPair, type PairInPlace, placementBy, uninstallPair } from './install-pair.ts';
import { lookAfterInitramfs, noteChange } from './look-after-initramfs.ts';

/** What became of an action: data, because one that fails never stops another. */
export interface Outcome {
  readonly action: Action;
  readonly state: 'done' | 'failed' | 'not-reached';
  /** What came out while it was done, as a sentence without a full stop. */
  readonly note?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

export interface Performing {
  readonly layout: Layout;
  readonly survey: Survey;
  readonly settings: EngineSettings;
  readonly policies: Policies;
  /** Told about every action when it begins. */
  readonly onStart?: (action: Action) => void;
}

/**
 * Carries out a plan, one action after the other. What follows a failed action for the same pair is not reached, nor is
 * what depends on one.
 */
export async function perform(plan: Plan, options: Performing): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const action of plan.actions) {
    const failedBefore = outcomes.some(
      (outcome) => outcome.state !== 'done' && isSameTarget(outcome.action, action),
    );
    if (failedBefore) outcomes.push({ action, state: 'not-reached' });
    else {
      const run = { ...options, plan, outcomes };
      outcomes.push((await findHindrance(action, options)) ?? (await attempt(action, run)));
    }
  }
  return outcomes;
}

/** What the plan counts on other modules for is not begun when one of them did not come to be installed. */
async function findHindrance(action: Action, { layout }: Performing): Promise<Outcome | undefined> {
  if (!('dependencies' in action) || action.dependencies === undefined) return undefined;
  const { module, kernel, dependencies } = action;
  const installed = await installedVersions(layout, kernel, Object.keys(dependencies));
  const lacking = Object.entries(dependencies).filter(
    ([name, version]) => versionIn(installed, name) !== version,
  );
  if (lacking.length === 0) return undefined;
  const names = lacking.map(([name, version]) => moduleLabel({ name, version })).join(', ');
  const label = `${moduleLabel(module)} for ${kernel.release}`;
  const message =
    action.do === 'build'
      ? `${label} was not built, it needs ${names}`
      : `${label} is kept, ${names} is not in its place`;
  return { action, state: 'not-reached', error: { code: 'DEPENDENCY_MISSING', message } };
}

/** Where in the plan it is. */
interface Run extends Performing {
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
}

async function attempt(action: Action, run: Run): Promise<Outcome> {
  run.onStart?.(action);
  try {
    await noteChange(action, run.plan, run);
    const note = await carryOut(action, run);
    return { action, state: 'done', ...(note !== undefined && { note }) };
  } catch (error) {
    return { action, state: 'failed', error: describe(error) };
  }
}

function describe(error: unknown): NonNullable<Outcome['error']> {
  if (!(error instanceof KmodsmithError)) return { code: 'INTERNAL', message: messageOf(error) };
  const { code, message, hint } = error;
  return hint === undefined ? { code, message } : { code, message, hint };
}

/** Returns what there is to tell of it. */
async function carryOut(action: Action, options: Run): Promise<string | undefined> {
  if (action.do === 'initramfs') return lookAfterInitramfs(action, options.outcomes, options);
  await change(action, options);
  return undefined;
}

async function change(action: Exclude<Action, { do: 'initramfs' }>, options: Performing): Promise<void> {
  const { layout } = options;
  switch (action.do) {
    case 'build':
      return build(action, options);
    case 'install':
      return installPair(pairOf(action, options));
    case 'uninstall':
      return uninstallPair(pairOf(action, options));
    case 'unbuild':
      return unbuildModule(layout, coordinates(action));
    case 'register':
      return register(action, options);
    case 'deregister':
      return deregisterModule(layout, action.module);
    case 'depmod':
      return runDepmod(layout, action.kernel.release);
  }
}

/** A dkms.conf may look at the kernel; the newest one stands for all. */
async function register({ module }: Extract<Action, { do: 'register' | 'deregister' }>, options: Performing) {
  const release = options.survey.facts.kernels.at(-1)?.release ?? runningRelease;
  await registerModule(options.layout, { module }, release);
}

type PairAction = Extract<Action, { module: unknown; kernel: unknown }>;

async function build(
  action: Extract<Action, { do: 'build' }>,
  { layout, survey, settings, policies }: Performing,
): Promise<void> {
  const at = coordinates(action);
  const found = siteOf(action, survey);
  // What was installed before this one is something that its dkms.conf may look at.
  const site = action.dependencies === undefined ? found : await rereadSite(layout, found, action);
  const { module, kernel, origin, because } = action;
  const policy = policyFor(policies, module);
  const signing = await settings.signingFor(site.tree, policy.sign);
  const sandbox = await settings.sandboxFor({ module, tree: site.tree }, policy.sandbox);
  const own = { ...settings, signing, ...sandbox };
  const request = { layout, module, kernel, origin, because, settings: own, ...site };
  try {
    await buildModule(request, attemptLog(layout, at));
  } catch (error) {
    const passing = isLasting(error) ? await findPassingTrouble(layout, at) : undefined;
    if (passing !== undefined) settings.onWarning(`${messageOf(error).split('\n')[0]}; ${passing}`);
    else if (isLasting(error)) {
      const dependencies = await installedVersions(layout, at, site.conf.depends);
      const inputs = await site.digest();
      await rememberFailure(layout, at, { summary: messageOf(error), inputs, dependencies });
    }
    throw error;
  }
  // For dkms, should the tree be given back.
  if (site.conf.rebuildsWithDependencies) await writeDependencyVersions(layout, at, site.conf.depends);
  await forgetFailure(layout, at);
}

function pairOf(action: PairAction, { layout, survey, settings, policies }: Performing): PairInPlace {
  const site = survey.site(action.module, action.kernel.release);
  const policy = policyFor(policies, action.module);
  const placement = placementBy(policy, survey.distribution);
  const ignoreVersion = policy.force.includes('ignore-version');
  return {
    ...{ layout, at: coordinates(action), placement, settings, ignoreVersion },
    ...(site !== undefined && { site }),
  };
}

function coordinates({ module, kernel }: PairAction): BuildCoordinates {
  return { module, release: kernel.release, arch: kernel.arch };
}

function siteOf({ module, kernel }: PairAction, survey: Survey) {
  const site = survey.site(module, kernel.release);
  if (site !== undefined) return site;
  throw new KmodsmithError(
    'SOURCE_MISSING',
    `${module.name} ${module.version}: there is nothing to build from`,
  );
}

/** A registration is for all kernels: nothing is built of what is not registered, nor forgotten what did not go. */
function isSameTarget(a: Action, b: Action): boolean {
  if (!('module' in a && 'module' in b && isSameModule(a.module, b.module))) return false;
  return !('kernel' in a && 'kernel' in b) || a.kernel.release === b.kernel.release;
}
