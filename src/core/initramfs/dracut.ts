import { isFolder, listSettingFolders } from './settings.ts';
import { besideImage, hasProgram, type InitramfsTool, type Place, postUpdateHooks } from './tool.ts';

/**
 * dracut(8), as Debian's, Fedora's and SUSE's hooks call it. It writes over the image, and removes it when the disk is
 * full: therefore it writes beside it. Debian's also calls the boot loader's hooks, which have to wait for the image.
 */
export async function dracut({ layout, release, images }: Place): Promise<InitramfsTool | undefined> {
  const image = images.find((path) => !path.startsWith('/boot/booster-') && !path.endsWith('.efi'));
  if (image === undefined || !(await hasProgram(layout, 'dracut'))) return undefined;
  const output = await besideImage(layout, image);
  const hooks = (await isFolder(layout, postUpdateHooks))
    ? ['run-parts', `--arg=${release}`, `--arg=${image}`, postUpdateHooks]
    : undefined;
  return {
    name: 'dracut',
    image,
    list: (path) => ['lsinitrd', path],
    settings: [
      ...['/etc/dracut.conf', '/etc/dracut.conf.d', '/usr/lib/dracut/dracut.conf.d'],
      ...(await listSettingFolders(layout, '/usr/lib/dracut/modules.d')),
    ],
    isVoid: (line) => line.includes('omit_drivers'),
    update: {
      argv: ['dracut', '--quiet', '--force', output, release],
      output,
      env: { NO_POST_UPDATE_HOOKS: '1' },
      ...(hooks !== undefined && { afterwards: hooks }),
    },
  };
}
