import { basename, join } from 'node:path';
import { exists, linkTarget } from '../system/files.ts';

/** Where packages have hooks of pacman, and where admins do: alpm-hooks(5). */
const packagesFolder = 'usr/share/libalpm/hooks';
export const adminsHookFolder = 'etc/pacman.d/hooks';

/** Whether pacman runs a hook, `masked` when the admin has switched it off. `name`: that of its file. */
export async function stateOfHook(root: string, name: string): Promise<'active' | 'masked' | 'absent'> {
  // The admin's wins over the package's; one that leads to /dev/null is off (alpm-hooks(5)).
  const own = join(root, adminsHookFolder, name);
  const target = await linkTarget(own);
  if (target !== undefined && basename(target) === 'null') return 'masked';
  if (target !== undefined || (await exists(own))) return 'active';
  return (await exists(join(root, packagesFolder, name))) ? 'active' : 'absent';
}
