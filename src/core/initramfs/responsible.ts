import { join } from 'node:path';
import { readTextIfPresent } from '../../system/files.ts';
import { resolveInRoot } from '../../system/root.ts';
import { stateOfHook } from '../hook-folders.ts';
import type { Layout } from '../layout.ts';
import { booster } from './booster.ts';
import { dracut } from './dracut.ts';
import { findImages } from './images.ts';
import { initramfsTools } from './initramfs-tools.ts';
import { mkinitcpio } from './mkinitcpio.ts';
import type { InitramfsTool } from './tool.ts';

/**
 * The program that makes a kernel's initramfs: the only one that is installed and has an image there. Of several, the
 * one that kernel-install(8) is told to use, or that pacman's hooks start; else Debian's, which keeps others away.
 */
export async function responsibleTool(layout: Layout, release: string): Promise<InitramfsTool | undefined> {
  const place = { layout, release, images: await findImages(layout, release) };
  const found = await Promise.all([initramfsTools, dracut, mkinitcpio, booster].map((tool) => tool(place)));
  const tools = found.filter((tool) => tool !== undefined);
  if (tools.length < 2) return tools[0];
  const wanted = await wantedGenerator(layout);
  const hooked = await Promise.all(tools.map((tool) => isHooked(layout, tool)));
  return tools.find(({ name }) => name === wanted) ?? tools.find((_, index) => hooked[index]) ?? tools[0];
}

/** As kernel-install(8) has it: the first file counts, and in it the last word. */
async function wantedGenerator({ root }: Layout): Promise<string | undefined> {
  for (const folder of ['/etc/kernel', '/run/kernel', '/usr/local/lib/kernel', '/usr/lib/kernel']) {
    const text = await readTextIfPresent(await resolveInRoot(root, join(folder, 'install.conf'))).catch(
      () => '',
    );
    if (text === undefined) continue;
    return [...text.matchAll(/^\s*initrd_generator=(\S+)/gm)].at(-1)?.[1];
  }
  return undefined;
}

async function isHooked({ root }: Layout, { name }: InitramfsTool): Promise<boolean> {
  const hooks = [`90-${name}-install.hook`, `90-${name}.hook`];
  const states = await Promise.all(hooks.map((hook) => stateOfHook(root, hook)));
  return states.includes('active');
}
