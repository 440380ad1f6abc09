import { basename, join } from 'node:path';
import { exists, linkTarget } from '../system/files.ts';

/** Where admins have hooks of pacman, and where packages do: alpm-hooks(5). */
export const alpmHookFolders = { admin: 'etc/pacman.d/hooks', packages: 'usr/share/libalpm/hooks' } as const;

/** Whether pacman runs a hook, `masked` when the admin has switched it off. `name`: that of its file. */
export async function stateOfHook(root: string, name: string): Promise<'active' | 'masked' | 'absent'> {
  // The admin's wins over the package's; one that leads to /dev/null is off (alpm-hooks(5)).
  const own = join(root, alpmHookFolders.admin, name);
  const target = await linkTarget(own);
  if (target !== undefined && basename(target) === 'null') return 'masked';
  if (target !== undefined || (await exists(own))) return 'active';
  return (await exists(join(root, alpmHookFolders.packages, name))) ? 'active' : 'absent';
}
