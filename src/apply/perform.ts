import { describeFailure } from '../core/build/begin-attempt.ts';
import { runDepmod } from '../core/install/depmod.ts';
import { requireWritableModules } from '../core/install/read-only.ts';
import { deregisterModule, unbuildModule } from '../core/install/uninstall.ts';
import type { BuildSite } from '../core/pairs.ts';
import { registerModule } from '../core/register.ts';
import { installedVersions } from '../core/tree.ts';
import { KmodsmithError, messageOf } from '../errors.ts';
import { versionIn } from '../policy/dependencies.ts';
import { moduleLabel } from '../policy/explain.ts';
import { isSameModule } from '../policy/identity.ts';
import { policyFor } from '../policy/policies.ts';
import type { Action, Plan } from '../policy/types.ts';
import { isLookedAfter } from '../policy/weak-links.ts';
import { processorCount, runningRelease } from '../system/machine.ts';
import { releaseMemory } from '../system/memory.ts';
import { type BuildAction, buildPair, FailedAttempt } from './build-pair.ts';
import { BuildPool } from './build-pool.ts';
import { confReader } from './conf-reader.ts';
import { installPair, type PairInPlace, placementBy, uninstallPair } from './install-pair.ts';
import { lookAfterInitramfs, noteChange } from './look-after-initramfs.ts';
import { lookAfterLinks } from './look-after-links.ts';
import { coordinates, type Outcome, type PairAction, type Performing, readSiteOf } from './performing.ts';

/**
 * Carries out a plan, one action after the other, but builds as early as they can be. What follows a failed action for the
 * same pair is not reached, nor is what depends on one.
 */
export async function perform(plan: Plan, options: Performing): Promise<readonly Outcome[]> {
  const { layout, settings } = options;
  const outcomes: Outcome[] = [];
  const run = { ...options, plan, outcomes };
  await using pool = new BuildPool(plan, {
    layout,
    jobs: settings.jobs,
    attempt: (action, ask) => settle(action, run, async () => buildPair(action, run, await ask())),
  });
  while (outcomes.length < plan.actions.length) {
    pool.advance(outcomes.length);
    const next = nextOf(plan.actions, outcomes.length);
    const ended = next.map((action) =>
      action.do === 'build' ? pool.outcomeOf(action) : settle(action, run, () => carryOut(action, run)),
    );
    outcomes.push(...(await Promise.all(ended)));
    releaseMemory();
  }
  return outcomes;
}

/** The actions whose turn it is: one, but for the indexes of several kernels, which have nothing to do with each other and take seconds of one processor each. */
function nextOf(actions: readonly Action[], position: number): readonly Action[] {
  const rest = actions.slice(position, position + processorCount);
  const others = rest.findIndex((action) => action.do !== 'depmod');
  return rest.slice(0, others < 0 ? rest.length : Math.max(1, others));
}

/** Does an action unless something that went before speaks against it. */
async function settle(action: Action, run: Run, work: () => Promise<string | undefined>): Promise<Outcome> {
  const failedBefore = run.outcomes.some(
    (outcome) => outcome.state !== 'done' && isSameTarget(outcome.action, action),
  );
  if (failedBefore) return { action, state: 'not-reached' };
  const hindrance = await findHindrance(action, run);
  if (hindrance !== undefined) return hindrance;
  try {
    await requirePlace(action, run);
    const note = await work();
    return { action, state: 'done', ...(note !== undefined && { note }) };
  } catch (error) {
    return { action, state: 'failed', error: describe(error) };
  }
}

/**
 * Nothing is built that could not be installed afterwards.
 * @throws KmodsmithError MODULES_READ_ONLY.
 */
async function requirePlace(action: Action, { plan, layout }: Run): Promise<void> {
  const needsPlace =
    action.do === 'depmod' ||
    (action.do === 'build' &&
      plan.actions.some((other) => other.do === 'install' && isSameTarget(other, action)));
  if (needsPlace) await requireWritableModules(layout, action.kernel.release);
}

/** What the plan counts on other modules for is not begun when one of them did not come to be installed. */
async function findHindrance(action: Action, { layout, outcomes }: Run): Promise<Outcome | undefined> {
  // That nothing can be changed there has been said of what was to be installed.
  const isClosed = outcomes.some(
    ({ action: other, error }) => error?.code === 'MODULES_READ_ONLY' && isSameKernel(other, action),
  );
  if (action.do === 'depmod' && isClosed) return { action, state: 'not-reached' };
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

function describe(error: unknown): NonNullable<Outcome['error']> {
  if (error instanceof FailedAttempt) {
    const { cause, log } = error;
    return { ...describe(cause), class: describeFailure(cause).class, log };
  }
  if (!(error instanceof KmodsmithError)) return { code: 'INTERNAL', message: messageOf(error) };
  const { code, message, hint } = error;
  return hint === undefined ? { code, message } : { code, message, hint };
}

/** Returns what there is to tell of it. */
async function carryOut(action: Exclude<Action, BuildAction>, run: Run): Promise<string | undefined> {
  run.onStart?.(action);
  if (action.do === 'initramfs') return lookAfterInitramfs(action, run.outcomes, run);
  if (action.do === 'weak-links') return lookAfterLinks(action, run.plan, run);
  await noteChange(action, run.plan, run);
  await change(action, run);
  return undefined;
}

async function change(
  action: Exclude<Action, { do: 'build' | 'initramfs' | 'weak-links' }>,
  options: Performing,
): Promise<void> {
  const { layout } = options;
  switch (action.do) {
    case 'install':
      return installPair(pairOf(action, options, await readSiteOf(action, options)));
    case 'uninstall':
      // A removal succeeds whatever a dkms.conf is by now.
      return uninstallPair(pairOf(action, options, await readSiteOf(action, options).catch(() => undefined)));
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
  await registerModule(confReader(options), { module }, release);
}

function pairOf(
  action: PairAction,
  { layout, survey, settings, policies }: Performing,
  site: BuildSite | undefined,
): PairInPlace {
  const policy = policyFor(policies, action.module);
  const placement = placementBy(policy, survey.distribution);
  const ignoreVersion = policy.force.includes('ignore-version');
  return {
    ...{ layout, at: coordinates(action), placement, settings, ignoreVersion },
    tellsWeakModules: isLookedAfter(action.module, policies),
    ...(site !== undefined && { site }),
  };
}

function isSameKernel(a: Action, b: Action): boolean {
  return 'kernel' in a && 'kernel' in b && a.kernel.release === b.kernel.release;
}

/** A registration is for all kernels: nothing is built of what is not registered, nor forgotten what did not go. */
function isSameTarget(a: Action, b: Action): boolean {
  if (!('module' in a && 'module' in b && isSameModule(a.module, b.module))) return false;
  return !('kernel' in a && 'kernel' in b) || isSameKernel(a, b);
}
