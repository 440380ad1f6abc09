import type { ScriptName } from '../../core/directives.ts';
import { findScript, runScript } from '../../core/scripts.ts';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import type { DkmsContext } from '../context.ts';

export interface ScriptStep {
  readonly module: ModuleId;
  readonly name: ScriptName;
  readonly directive: string | undefined;
  /** The module's source. */
  readonly folder: string;
  /** What the script finds in its environment besides ours; dkms has that for builds and installs only. */
  readonly kernel?: KernelId;
}

/** Runs a script of a package, if it has one; returns its exit status, 0 also when it cannot be executed. */
export async function runScriptStep(
  { layout, environment, output }: DkmsContext,
  { module, name, directive, folder, kernel }: ScriptStep,
): Promise<number> {
  if (directive === undefined) return 0;
  const script = await findScript({ layout, module: module.name, name, directive, folder });
  if (script === undefined) {
    output.warn(`${module.name}/${module.version}: ${name} '${directive}' is not executable and was not run`);
    return 0;
  }
  output.say(`Running ${name}: ${script.command}`);
  const env = kernel === undefined ? environment : { ...environment, ...scriptVariables(module, kernel) };
  const status = await runScript(script, output.quiet ? { env } : { env, show: 'both' });
  if (status !== 0)
    output.warn(`${module.name}/${module.version}: ${name} '${directive}' ended with status ${status}`);
  return status;
}

export function scriptVariables(module: ModuleId, { release, arch }: KernelId): Record<string, string> {
  return { module: module.name, module_version: module.version, kernelver: release, arch };
}
