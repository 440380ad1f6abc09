import { readTextIfPresent } from '../../system/files.ts';
import { resolveInRoot } from '../../system/root.ts';
import type { Layout } from '../layout.ts';
import { hasProgram, type InitramfsTool, type Place, runInRoot } from './tool.ts';

const ownSettings = '/etc/initramfs-tools/update-initramfs.conf';

/** Debian's (update-initramfs(8), initramfs-tools(7)). It builds beside the image and renames it itself. */
export async function initramfsTools({ layout, release, images }: Place): Promise<InitramfsTool | undefined> {
  const image = images.find((path) => path === `/boot/initrd.img-${release}`);
  if (image === undefined || !(await hasProgram(layout, 'update-initramfs'))) return undefined;
  if (await isAnothers(layout)) return undefined;
  const idle = await findIdleReason(layout);
  return {
    name: 'initramfs-tools',
    image,
    list: (path) => ['lsinitramfs', path],
    settings: [
      ...['/etc/initramfs-tools/modules', '/usr/share/initramfs-tools/modules'],
      ...['/usr/share/initramfs-tools/modules.d', '/etc/initramfs-tools/hooks'],
      ...['/usr/share/initramfs-tools/hooks', '/usr/share/initramfs-tools/hook-functions'],
    ],
    update: { argv: ['update-initramfs', '-u', '-k', release] },
    ...(idle !== undefined && { idle }),
  };
}

/** Other packages bring a program of that name, which says whose it is; an old one cannot be asked. */
async function isAnothers(layout: Layout): Promise<boolean> {
  const asked = await runInRoot(layout, ['update-initramfs', '--version'], { timeoutSeconds: 20 });
  const name = asked.exitCode === 0 ? (asked.stdout.trim().split(/\s/)[0] ?? '') : '';
  return name !== '' && name !== 'initramfs-tools';
}

async function findIdleReason({ root }: Layout): Promise<string | undefined> {
  const text = await readTextIfPresent(await resolveInRoot(root, ownSettings)).catch(() => undefined);
  const values = [...(text ?? '').matchAll(/^\s*update_initramfs=["']?(\w+)/gm)].map(([, value]) => value);
  return values.at(-1) === 'no' ? `${ownSettings} says update_initramfs=no` : undefined;
}
