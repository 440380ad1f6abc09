import { join } from 'node:path';
import type { InitramfsFacts } from '../../policy/types.ts';
import { exists, readTextIfPresent } from '../../system/files.ts';
import { resolveInRoot } from '../../system/root.ts';
import { type Layout, modulesFolder } from '../layout.ts';
import { hasLagged } from './lag.ts';
import { findPreset } from './mkinitcpio.ts';

/** Whether the kernel has an initramfs, told by files alone. Modules elsewhere than where kernels look go in none. */
export async function readInitramfs(layout: Layout, release: string): Promise<InitramfsFacts | undefined> {
  const isUsual = [join(layout.root, 'lib/modules'), join(layout.root, 'usr/lib/modules')].includes(
    layout.installTree,
  );
  if (!isUsual || (await findImages(layout, release)).length === 0) return undefined;
  return (await hasLagged(layout, release)) ? { outdated: true } : {};
}

/**
 * The images of a kernel, as absolute paths inside the root, the one that is booted first where its name tells: as
 * Debian, Fedora and SUSE name them, as mkinitcpio's preset does, and as Arch does by the kernel's package, which
 * `/lib/modules/<release>/pkgbase` holds; then those of the Boot Loader Specification (kernel-install(8)).
 */
export async function findImages(layout: Layout, release: string): Promise<string[]> {
  const named = [
    `initrd.img-${release}`,
    `initramfs-${release}.img`,
    `initrd-${release}`,
    `initrd-${release}.img`,
  ];
  const candidates = [
    ...named.map((name) => `/boot/${name}`),
    ...((await findPreset(layout, release))?.images ?? []),
    ...(await packageImages(layout, release)),
    ...(await entryImages(layout, release)),
  ];
  const found: string[] = [];
  for (const path of new Set(candidates))
    if (await exists(await resolveInRoot(layout.root, path))) found.push(path);
  return found;
}

async function packageImages(layout: Layout, release: string): Promise<string[]> {
  const name = await readWord(join(modulesFolder(layout, release), 'pkgbase'));
  return name === undefined ? [] : [`/boot/booster-${name}.img`, `/boot/initramfs-${name}.img`];
}

async function entryImages({ root }: Layout, release: string): Promise<string[]> {
  const words = await Promise.all(
    ['etc/kernel/entry-token', 'etc/machine-id'].map((path) => readWord(join(root, path))),
  );
  const tokens = words.filter((word) => word !== undefined);
  return tokens.flatMap((token) =>
    ['/efi', '/boot', '/boot/efi'].map((folder) => `${folder}/${token}/${release}/initrd`),
  );
}

/** What is no plain name leads nowhere. */
async function readWord(path: string): Promise<string | undefined> {
  const text = (await readTextIfPresent(path).catch(() => undefined))?.trim() ?? '';
  return /^[\w.+@-]+$/.test(text) ? text : undefined;
}
