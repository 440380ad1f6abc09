import { buildModule } from '../core/build/build.ts';
import { attemptLog, isLasting, rememberFailure } from '../core/build/failures.ts';
import { placeOf } from '../core/build/place.ts';
import type { BuildRequest } from '../core/build/request.ts';
import { writeDependencyVersions } from '../core/dependency-versions.ts';
import { forgetFailure } from '../core/install/uninstall.ts';
import { type BuildSite, rereadSite } from '../core/pairs.ts';
import { installedVersions } from '../core/tree.ts';
import { KmodsmithError, messageOf } from '../errors.ts';
import { policyFor } from '../policy/policies.ts';
import type { Action } from '../policy/types.ts';
import type { BuildPermit } from './build-pool.ts';
import { coordinates, type Performing } from './performing.ts';

export type BuildAction = Extract<Action, { do: 'build' }>;

/**
 * Builds a module for a kernel as its policy says. A failure that would come again is remembered.
 * @throws KmodsmithError whatever keeps it from being built.
 */
export async function buildPair(
  action: BuildAction,
  performing: Performing,
  permit: BuildPermit,
): Promise<undefined> {
  const { layout } = performing;
  const at = coordinates(action);
  const site = await permit.prepare(() => readSite(action, performing));
  try {
    const request = await permit.prepare(() => requestFor(action, site, performing));
    const own = { ...request, settings: { ...request.settings, jobserver: permit.jobserver } };
    await permit.compile(placeOf(own).folder, () => {
      performing.onStart?.(action);
      return buildModule(own, attemptLog(layout, at));
    });
  } catch (error) {
    if (isLasting(error)) {
      const dependencies = await installedVersions(layout, at, site.conf.depends);
      const inputs = await site.digest();
      await rememberFailure(layout, at, { summary: messageOf(error), inputs, dependencies });
    }
    throw error;
  }
  // For dkms, should the tree be given back.
  if (site.conf.rebuildsWithDependencies) await writeDependencyVersions(layout, at, site.conf.depends);
  await forgetFailure(layout, at);
  return undefined;
}

async function readSite(action: BuildAction, { layout, survey }: Performing): Promise<BuildSite> {
  const found = siteOf(action, survey.site(action.module, action.kernel.release));
  // What was installed before this one is something that its dkms.conf may look at.
  return action.dependencies === undefined ? found : rereadSite(layout, found, action);
}

async function requestFor(
  { module, kernel, origin, because }: BuildAction,
  site: BuildSite,
  { layout, settings, policies }: Performing,
): Promise<BuildRequest> {
  const policy = policyFor(policies, module);
  const toolchain = await settings.toolchainFor(site.tree, policy.compiler);
  const signing = await settings.signingFor(site.tree, policy.sign);
  const sandbox = await settings.sandboxFor({ module, tree: site.tree }, policy.sandbox);
  const own = { ...settings, toolchain, signing, ...sandbox };
  return { layout, module, kernel, origin, because, settings: own, ...site };
}

function siteOf({ module }: BuildAction, site: BuildSite | undefined): BuildSite {
  if (site !== undefined) return site;
  throw new KmodsmithError(
    'SOURCE_MISSING',
    `${module.name} ${module.version}: there is nothing to build from`,
  );
}
