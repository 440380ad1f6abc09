import { basename, join } from 'node:path';
import { exists, linkTarget } from '../system/files.ts';

/** Where admins have something of that kind, and where packages do; of two by the same name the admin's counts. */
export interface HookFolders {
  readonly admin: string;
  readonly packages: string;
}

/** Hooks of pacman: alpm-hooks(5). */
export const alpmHookFolders: HookFolders = {
  admin: 'etc/pacman.d/hooks',
  packages: 'usr/share/libalpm/hooks',
};

/** Plugins: kernel-install(8). */
export const kernelInstallFolders: HookFolders = {
  admin: 'etc/kernel/install.d',
  packages: 'usr/lib/kernel/install.d',
};

/** Whether it is run, `masked` when the admin has switched it off. `name`: that of its file. */
export async function stateOfHook(
  root: string,
  name: string,
  { admin, packages }: HookFolders = alpmHookFolders,
): Promise<'active' | 'masked' | 'absent'> {
  // One that leads to /dev/null is off.
  const own = join(root, admin, name);
  const target = await linkTarget(own);
  if (target !== undefined && basename(target) === 'null') return 'masked';
  if (target !== undefined || (await exists(own))) return 'active';
  return (await exists(join(root, packages, name))) ? 'active' : 'absent';
}
