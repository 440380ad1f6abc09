import type { Placement } from '../core/install/destinations.ts';
import { checkInstallable, installModule } from '../core/install/install.ts';
import { describeRefusal } from '../core/install/refusal.ts';
import {
  runInstallScript,
  runPreInstall,
  type ScriptSite,
  scriptVariables,
} from '../core/install/scripts.ts';
import { uninstallModule } from '../core/install/uninstall.ts';
import { updateWeakModules } from '../core/install/weak-modules.ts';
import type { BuildCoordinates, Layout } from '../core/layout.ts';
import type { BuildSite } from '../core/pairs.ts';
import { proveNewLinks } from '../core/weak-links/settle-links.ts';
import type { Distribution } from '../distros/index.ts';
import { KmodsmithError, messageOf } from '../errors.ts';
import type { Policy } from '../policy/knobs.ts';
import type { EngineSettings } from './engine-settings.ts';

/** A module for a kernel as the engine installs and uninstalls it. */
export interface PairInPlace {
  readonly layout: Layout;
  readonly at: BuildCoordinates;
  readonly placement: Placement;
  readonly settings: Pick<EngineSettings, 'framework' | 'onWarning'>;
  /** Install it also where the kernel has the same or a newer version. */
  readonly ignoreVersion: boolean;
  /** Tell the distribution's tool for modules that fit several kernels, where there is one. */
  readonly tellsWeakModules: boolean;
  /** What its dkms.conf says; none when that cannot be read. */
  readonly site?: BuildSite;
}

/** Where the engine puts a module, and what becomes of the kernel's own, by the policy for it. */
export function placementBy(policy: Policy, distribution: Distribution): Placement {
  const originals = policy['original-modules'] === 'archive' ? 'archive' : 'overwritten-only';
  return { distribution, originals, ownVersions: 'replace' };
}

/**
 * Installs a build with the package's scripts around it; depmod is an action of its own.
 * @throws KmodsmithError SOURCE_MISSING, PRE_INSTALL_FAILED, INSTALL_REFUSED, INSTALL_FAILED, KERNEL_UNKNOWN, WRITE_FAILED.
 */
export async function installPair(pair: PairInPlace): Promise<void> {
  const { layout, at, placement, site } = pair;
  const { name, version } = at.module;
  if (site === undefined)
    throw new KmodsmithError('SOURCE_MISSING', `${name} ${version}: there is nothing to install by`);
  const { framework, onWarning } = pair.settings;
  const { conf, objects } = site;
  const scripts = scriptSite(pair, site, onWarning);
  await checkInstallable({ layout, at, objects });
  await runPreInstall(scripts);
  const { installed, refused } = await installModule({
    ...{ layout, at, objects, ...placement },
    obsoleteBy: conf.obsoleteBy,
    symlink: framework.symlinkModules,
    versionOverride: pair.ignoreVersion,
  });
  for (const refusal of refused)
    onWarning(`${name} ${version} for ${at.release}: ${describeRefusal(refusal)}`);
  const paths = installed.map(({ path }) => path);
  await tellWeakModules(pair, site, { change: 'add', paths, onWarning });
  await runInstallScript(scripts, 'POST_INSTALL');
}

/**
 * Uninstalls a module, also without a sound dkms.conf; POST_REMOVE comes last.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function uninstallPair(pair: PairInPlace): Promise<void> {
  const { layout, at, placement, site } = pair;
  const { onWarning } = pair.settings;
  const { deleted, wasActive } = await uninstallModule({
    ...{ layout, at, placement },
    objects: site?.conf.objects,
  });
  if (site === undefined || !(wasActive || deleted.length > 0)) return;
  await tellWeakModules(pair, site, { change: 'remove', paths: deleted, onWarning });
  await runInstallScript(scriptSite(pair, site, onWarning), 'POST_REMOVE');
}

/** In a clean environment; stdout is for those who parse what we print. */
function scriptSite(
  { layout, at }: PairInPlace,
  { conf }: BuildSite,
  onWarning: (message: string) => void,
): ScriptSite {
  const options = { env: scriptVariables(at), show: 'on-stderr' } as const;
  return { layout, at, scripts: conf.scripts, options, onWarning };
}

interface WeakModulesNews {
  readonly change: 'add' | 'remove';
  readonly paths: readonly string[];
  readonly onWarning: (message: string) => void;
}

async function tellWeakModules(
  { layout, at, placement, tellsWeakModules }: PairInPlace,
  { conf }: BuildSite,
  { change, paths, onWarning }: WeakModulesNews,
): Promise<void> {
  if (conf.noWeakModules || !tellsWeakModules) return;
  const { distribution } = placement;
  const { release } = at;
  const isTold = await updateWeakModules(change, { layout, distribution, release, paths, onWarning });
  if (!isTold || change === 'remove') return;
  await proveNewLinks(layout, at).catch((error: unknown) => onWarning(messageOf(error)));
}
