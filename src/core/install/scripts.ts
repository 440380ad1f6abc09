import { KmodsmithError } from '../../errors.ts';
import type { RunOptions } from '../../system/exec.ts';
import { findScript, runScript } from '../build/scripts.ts';
import type { ModuleConf } from '../conf/directives.ts';
import type { BuildCoordinates, Layout } from '../layout.ts';
import { scriptFolder } from '../tree.ts';

/** What the scripts of an install or uninstall run with. */
export interface ScriptSite {
  readonly layout: Layout;
  readonly at: BuildCoordinates;
  readonly scripts: ModuleConf['scripts'];
  /** Their environment and where their output goes: of whoever installs. */
  readonly options: Pick<RunOptions, 'env' | 'show'>;
  readonly onWarning: (message: string) => void;
  /** Told the command line before it runs. */
  readonly onStart?: (command: string) => void;
}

/** What dkms lets the scripts of a build or an install see (dkms-compat.md section 2.8). */
export function scriptVariables({ module, release, arch }: BuildCoordinates): Record<string, string> {
  return { module: module.name, module_version: module.version, kernelver: release, arch };
}

/**
 * Runs PRE_INSTALL in the module's source, or in the admin's folder for the module. One that cannot be executed is a
 * warning (dkms-compat.md section 2.8).
 * @throws KmodsmithError PRE_INSTALL_FAILED unless `force`.
 */
export async function runPreInstall(site: ScriptSite, { force = false } = {}): Promise<void> {
  const status = await runInstallScript(site, 'PRE_INSTALL');
  if (status === 0 || force) return;
  const { module, release } = site.at;
  throw new KmodsmithError(
    'PRE_INSTALL_FAILED',
    `${module.name} ${module.version} is not installed for ${release}: its script PRE_INSTALL='${site.scripts.PRE_INSTALL}' ended with status ${status}`,
    {
      hint: `What it said is above. To install all the same: dkms install --force ${module.name}/${module.version} -k ${release}`,
    },
  );
}

/**
 * Runs a script of an install or uninstall, if the package has one: POST_INSTALL once the module is in place, POST_REMOVE
 * at the end of every uninstall; both before depmod. A failure is a warning.
 * @returns its exit status; 0 when there is nothing to run.
 */
export async function runInstallScript(
  site: ScriptSite,
  name: 'PRE_INSTALL' | 'POST_INSTALL' | 'POST_REMOVE',
): Promise<number> {
  const { layout, at, scripts, options, onWarning, onStart } = site;
  const directive = scripts[name];
  if (directive === undefined) return 0;
  const folder = await scriptFolder(layout, at.module);
  const warn = (what: string) =>
    onWarning(`${at.module.name} ${at.module.version} for ${at.release}: ${name} '${directive}' ${what}`);
  const script = await findScript({ layout, module: at.module.name, name, directive, folder });
  if (script === undefined) {
    warn('is not executable and was not run');
    return 0;
  }
  onStart?.(script.command);
  const status = await runScript(script, options);
  if (status !== 0 && name !== 'PRE_INSTALL') warn(`ended with status ${status}`);
  return status;
}
