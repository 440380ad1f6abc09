import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../src/core/build/toolchain.ts';
import type { DemoKernel } from './kernel.ts';

/**
 * An installed kernel in the scratch root, as far as the engine looks: the image is a placeholder. Without depmod on
 * this machine there is no kernel/ folder either, so that the engine finds no module index to make.
 */
export async function installKernel(root: string, { release }: DemoKernel): Promise<void> {
  await mkdir(join(root, 'usr/lib/modules', release), { recursive: true });
  await symlink('usr/lib', join(root, 'lib'));
  await mkdir(join(root, 'etc'));
  await copyFile('/etc/os-release', join(root, 'etc/os-release')).catch(() => undefined);
  await mkdir(join(root, 'boot'));
  await writeFile(join(root, `boot/vmlinuz-${release}`), 'In place of a kernel image.\n');
  if ((await findProgram('depmod')) === undefined) return;
  await mkdir(join(root, 'lib/modules', release, 'kernel'));
  for (const name of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'])
    await writeFile(join(root, 'lib/modules', release, name), '');
}

/** What the package manager and the kernel package's postrm take away; the headers stay. */
export async function deleteKernel(root: string, { release }: DemoKernel): Promise<void> {
  await rm(join(root, `boot/vmlinuz-${release}`));
  const folder = join(root, 'lib/modules', release);
  for (const name of await readdir(folder)) {
    if (name === 'kernel' || name.startsWith('modules.')) await rm(join(folder, name), { recursive: true });
  }
}

/** Changes what a header says. */
export async function editHeader(root: string, { headersFolder }: DemoKernel, header: string): Promise<void> {
  const path = join(root, headersFolder, header);
  const text = await readFile(path, 'utf8');
  await rm(path);
  await writeFile(path, `${text}\n#define KMODSMITH_DEMO_EDIT 1\n`);
}
