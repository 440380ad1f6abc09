import type { Placement } from '../core/install/destinations.ts';
import { exists } from '../system/files.ts';
import type { DkmsContext } from './context.ts';

/** Where the drop-in puts modules (dkms-compat.md section 2.4, DEST_MODULE_LOCATION). */
export async function placementOf({ distribution, environment }: DkmsContext): Promise<Placement> {
  const addonFolder = environment['ADDON_MODULES_DIR'] ?? (await readAddonFolder());
  return { distribution, addonFolder, originals: 'archive', ownVersions: 'compare' };
}

const settingsFile = '/etc/sysconfig/module-init-tools';

async function readAddonFolder(): Promise<string | undefined> {
  if (!(await exists(settingsFile))) return undefined;
  const { evaluateConfs } = await import('../core/conf/dkms-conf.ts');
  const [result] = await evaluateConfs([{ files: [settingsFile], variables: {} }], {
    names: ['ADDON_MODULES_DIR'],
  });
  return result === undefined || 'error' in result ? undefined : result.values['ADDON_MODULES_DIR']?.[0];
}
