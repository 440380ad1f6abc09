import { findScript, runScript } from '../../core/build/scripts.ts';
import { type ScriptSite, scriptVariables } from '../../core/install/scripts.ts';
import type { RunOptions } from '../../system/exec.ts';
import type { DkmsContext } from '../context.ts';
import type { ReadModule } from '../read-module.ts';

/** With the caller's environment and on our own streams, as dkms runs scripts. */
function scriptOptions({ environment, output }: DkmsContext): Pick<RunOptions, 'env' | 'show'> {
  return output.quiet ? { env: environment } : { env: environment, show: 'both' };
}

export function scriptSite(
  context: DkmsContext,
  { module, kernel, conf }: Pick<ReadModule, 'module' | 'kernel' | 'conf'>,
): ScriptSite {
  const { layout, output } = context;
  return {
    layout,
    at: { module, ...kernel },
    scripts: conf.scripts,
    options: scriptOptions(context),
    onWarning: output.warn,
    onStart: (command) => output.say(`Running ${command}`),
  };
}

/** Builds and installs let their scripts see what they are for; dkms's other actions do not. */
export function withScriptVariables(
  site: ScriptSite,
  more: Readonly<Record<string, string>> = {},
): ScriptSite {
  const { options, at } = site;
  return { ...site, options: { ...options, env: { ...options.env, ...more, ...scriptVariables(at) } } };
}

/** Runs POST_ADD in the module's source; returns its exit status, 0 when there is nothing to run. */
export async function runPostAdd(
  context: DkmsContext,
  { module, conf, folder }: Pick<ReadModule, 'module' | 'conf'> & { readonly folder: string },
  variables: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { layout, output } = context;
  const directive = conf.scripts.POST_ADD;
  if (directive === undefined) return 0;
  const label = `${module.name}/${module.version}`;
  const script = await findScript({ layout, module: module.name, name: 'POST_ADD', directive, folder });
  if (script === undefined) {
    output.warn(`${label}: POST_ADD '${directive}' is not executable and was not run`);
    return 0;
  }
  output.say(`Running ${script.command}`);
  const options = scriptOptions(context);
  const status = await runScript(script, { ...options, env: { ...options.env, ...variables } });
  if (status !== 0) output.warn(`${label}: POST_ADD '${directive}' ended with status ${status}`);
  return status;
}
