import { basename } from 'node:path';
import { type BegunAttempt, beginAttempt, describeFailure } from '../core/build/begin-attempt.ts';
import { buildModule } from '../core/build/build.ts';
import { findPassingTrouble, isLasting, rememberFailure } from '../core/build/failures.ts';
import { placeOf } from '../core/build/place.ts';
import type { BuildRequest, BuildSettings } from '../core/build/request.ts';
import { mayFailByShortcuts } from '../core/build/shortcuts.ts';
import { writeDependencyVersions } from '../core/dependency-versions.ts';
import { forgetFailure } from '../core/install/uninstall.ts';
import type { BuildCoordinates, Layout } from '../core/layout.ts';
import type { BuildSite } from '../core/pairs.ts';
import { installedVersions } from '../core/tree.ts';
import { KmodsmithError, messageOf } from '../errors.ts';
import { policyFor } from '../policy/policies.ts';
import type { Action } from '../policy/types.ts';
import type { BuildPermit } from './build-pool.ts';
import { coordinates, type Performing, readSiteOf } from './performing.ts';

export type BuildAction = Extract<Action, { do: 'build' }>;

/** An attempt to build that failed, for whatever reason. */
export class FailedAttempt extends Error {
  readonly log: string;

  constructor(cause: unknown, log: string) {
    super(messageOf(cause), { cause });
    this.log = log;
  }
}

/** Whether another attempt may succeed when no other build takes what the machine has. */
export function maySucceedAlone(error: unknown): boolean {
  return error instanceof FailedAttempt && ['memory', 'space'].includes(describeFailure(error.cause).class);
}

/**
 * Builds a module for a kernel as its policy says. A failure that would come again is remembered.
 * @throws whatever keeps it from being built; a FailedAttempt once it is known what to build.
 */
export async function buildPair(
  action: BuildAction,
  performing: Performing,
  permit: BuildPermit,
): Promise<undefined> {
  const { pair, request } = await permit.prepare(() => prepare(action, performing));
  const { layout, at, site } = pair;
  permit.recordProbes(request);
  await permit.compile(placeOf(request).folder, (giveBack) => {
    performing.onStart?.(action);
    const settings: BuildSettings = {
      ...request.settings,
      jobserver: permit.jobserver,
      shortcuts: { probes: permit.probesFor(request) },
      afterCompiling: (work) => {
        giveBack();
        return permit.finish(work);
      },
    };
    return attempt({ ...request, settings }, pair);
  });
  // For dkms, should the tree be given back.
  if (site.conf.rebuildsWithDependencies) await writeDependencyVersions(layout, at, site.conf.depends);
  await forgetFailure(layout, at);
  return undefined;
}

interface Pair {
  readonly layout: Layout;
  readonly at: BuildCoordinates;
  readonly site: BuildSite;
  readonly onWarning: BuildSettings['onWarning'];
}

async function prepare(
  action: BuildAction,
  performing: Performing,
): Promise<{ pair: Pair; request: BuildRequest }> {
  const { layout, settings } = performing;
  const site = await readSite(action, performing);
  const pair = { layout, at: coordinates(action), site, onWarning: settings.onWarning };
  return { pair, request: await requestFor(action, site, performing).catch(failing(pair)) };
}

async function attempt(request: BuildRequest, pair: Pair): Promise<void> {
  const begun = await beginAttempt(pair.layout, pair.at);
  await buildModule(request, begun.log)
    .catch((error: unknown) => buildPlainly(request, begun.log, error))
    .catch(failing(pair, begun));
  await begun.end();
}

/**
 * Once more without shortcuts, so that they neither cost a module nor its log a word; not where space or memory may have
 * run out, since the module would have another build id: the next run makes it with them.
 */
async function buildPlainly(request: BuildRequest, log: string, error: unknown): Promise<void> {
  if (!mayFailByShortcuts(error) || (await findPassingTrouble(request.layout, log)) !== undefined)
    throw error;
  await buildModule({ ...request, settings: { ...request.settings, shortcuts: undefined } }, log);
}

/** Ends an attempt, or one that did not come so far as to begin, with what is thrown. */
function failing(
  { layout, at, site, onWarning }: Pair,
  begun?: BegunAttempt,
): (error: unknown) => Promise<never> {
  return async (error) => {
    const { log, end } = begun ?? (await beginAttempt(layout, at));
    await end(error);
    const passing = isLasting(error) ? await findPassingTrouble(layout, log) : undefined;
    if (passing !== undefined) onWarning(`${messageOf(error).split('\n')[0]}; ${passing}`);
    else if (isLasting(error)) {
      const dependencies = await installedVersions(layout, at, site.conf.depends);
      const { summary, class: failureClass } = describeFailure(error);
      const known = { summary, class: failureClass, log: basename(log), inputs: await site.digest() };
      await rememberFailure(layout, at, { ...known, dependencies });
    }
    throw new FailedAttempt(error, log);
  };
}

/** @throws KmodsmithError SOURCE_MISSING, CONF_*. */
async function readSite(action: BuildAction, performing: Performing): Promise<BuildSite> {
  const site = await readSiteOf(action, performing);
  if (site !== undefined) return site;
  const { name, version } = action.module;
  throw new KmodsmithError('SOURCE_MISSING', `${name} ${version}: there is nothing to build from`);
}

async function requestFor(
  { module, kernel, origin, because }: BuildAction,
  site: BuildSite,
  { layout, settings, policies }: Performing,
): Promise<BuildRequest> {
  const policy = policyFor(policies, module);
  const toolchain = await settings.toolchainFor(site.tree, policy.compiler);
  const signing = await settings.signingFor(site.tree, { module, policy });
  const sandbox = await settings.sandboxFor({ module, tree: site.tree }, policy.sandbox);
  const own = { ...settings, toolchain, signing, ...sandbox };
  return { layout, module, kernel, origin, because, settings: own, ...site };
}
