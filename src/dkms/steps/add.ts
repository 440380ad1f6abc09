import { registrationLink } from '../../core/layout.ts';
import { linkSource, sourcePath } from '../../core/source.ts';
import { KmodsmithError } from '../../errors.ts';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import { kindOf } from '../../system/files.ts';
import type { DkmsContext } from '../context.ts';
import { readModule } from '../read-module.ts';
import { isAdded } from '../states.ts';
import { announceUpgrade } from './rpm-upgrade.ts';
import { runPostAdd } from './script.ts';

/**
 * Registers a module whose source is in place; returns the exit status of its POST_ADD (dkms-compat.md section 6.1).
 * @throws KmodsmithError MODULE_KNOWN, SOURCE_MISSING, CONF_*.
 */
export async function addModule(
  context: DkmsContext,
  module: ModuleId,
  kernel: KernelId,
  /** What POST_ADD sees beside the caller's environment. */
  variables: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { layout, output } = context;
  const label = `${module.name}/${module.version}`;
  // Also for a module that is there: it is its removal by the old package that must not happen.
  if (context.has('rpmSafeUpgrade')) await announceUpgrade(layout, module);
  if (await isAdded(layout, module)) {
    throw new KmodsmithError('MODULE_KNOWN', `${label} is in ${layout.dkmsTree} already`, {
      hint: `To start over: dkms remove ${label} --all`,
    });
  }
  const folder = sourcePath(layout, module);
  if ((await kindOf(folder)) !== 'folder') {
    throw new KmodsmithError('SOURCE_MISSING', `${label} cannot be added: there is no ${folder}`, {
      hint: 'Install the package that brings the source, or give the folder that holds dkms.conf.',
    });
  }
  const { conf } = await readModule(context, { module, kernel, errors: 'strict', folder });
  for (const warning of conf.warnings) output.warn(`${label}: ${warning}`);
  output.say(`Creating symlink ${registrationLink(layout, module)} -> ${folder}`);
  await linkSource(layout, module);
  return runPostAdd(context, { module, conf, folder: registrationLink(layout, module) }, variables);
}
