import { triggerName } from '../adapters/dpkg/names.ts';
import { run } from '../system/exec.ts';

/** The Debian package that declares our trigger. */
const toolkitPackage = 'kmodsmith';

/**
 * Leaves the queue to the end of the dpkg run, if there is one and our package will be called then; false means that
 * nobody will come, so the work is to be done now. Outside dpkg an activated trigger waits for the next dpkg run, which
 * may be weeks away (deb-triggers(5)); and dpkg drops a trigger that no installed package is interested in.
 */
export async function canDefer(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const caller = environment['DPKG_MAINTSCRIPT_PACKAGE'];
  if (caller === undefined || caller === toolkitPackage) return false;
  const status = await run([
    'dpkg-query',
    '--show',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query(1) writes fields like this
    '--showformat=${db:Status-Status}',
    toolkitPackage,
  ]).catch(() => undefined);
  if (status?.exitCode !== 0) return false;
  // Until it is configured dpkg collects no triggers for it; its configuration then applies the queue.
  if (['unpacked', 'half-configured', 'half-installed'].includes(status.stdout)) return true;
  if (!['installed', 'triggers-pending', 'triggers-awaited'].includes(status.stdout)) return false;
  const activated = await run(['dpkg-trigger', '--no-await', triggerName], {
    env: dpkgVariables(environment),
  });
  return activated.exitCode === 0;
}

/** dpkg-trigger finds the running dpkg's database and the package it acts for by these (dpkg-trigger(1)). */
function dpkgVariables(environment: NodeJS.ProcessEnv): Record<string, string> {
  const named = Object.entries(environment).filter(([name]) => name.startsWith('DPKG_'));
  return Object.fromEntries(named.map(([name, value]) => [name, value ?? '']));
}
