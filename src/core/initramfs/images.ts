import { join } from 'node:path';
import type { InitramfsFacts } from '../../policy/types.ts';
import { exists, readTextIfPresent } from '../../system/files.ts';
import { resolveInRoot } from '../../system/root.ts';
import { type Layout, modulesFolder } from '../layout.ts';
import { hasLagged } from './lag.ts';
import { findPreset } from './mkinitcpio.ts';

/** Whether the kernel has an initramfs, told by files alone. Modules elsewhere than where kernels look go in none. */
export async function readInitramfs(layout: Layout, release: string): Promise<InitramfsFacts | undefined> {
  const { root, installTree } = layout;
  if (installTree !== join(root, 'lib/modules') && installTree !== join(root, 'usr/lib/modules'))
    return undefined;
  for await (const _image of presentImages(layout, release))
    return (await hasLagged(layout, release)) ? { outdated: true } : {};
  return undefined;
}

/**
 * The images of a kernel, as absolute paths inside the root: as Debian, Fedora and SUSE name them, as mkinitcpio's
 * preset does, as Arch does by the kernel's package, which `/lib/modules/<release>/pkgbase` holds, and those of the Boot
 * Loader Specification (kernel-install(8)).
 */
export async function findImages(layout: Layout, release: string): Promise<string[]> {
  const found: string[] = [];
  for await (const image of presentImages(layout, release)) found.push(image);
  return [...new Set(found)];
}

async function* presentImages(layout: Layout, release: string): AsyncGenerator<string> {
  for (const listImages of [namedImages, presetImages, packageImages, entryImages])
    for (const path of await listImages(layout, release))
      if (await exists(await resolveInRoot(layout.root, path))) yield path;
}

async function namedImages(_layout: Layout, release: string): Promise<string[]> {
  const names = [`initrd.img-${release}`, `initramfs-${release}.img`, `initrd-${release}`];
  return [...names, `initrd-${release}.img`].map((name) => `/boot/${name}`);
}

async function presetImages(layout: Layout, release: string): Promise<readonly string[]> {
  return (await findPreset(layout, release))?.images ?? [];
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
