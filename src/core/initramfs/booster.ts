import { besideImage, hasProgram, type InitramfsTool, type Place } from './tool.ts';

/** booster(1), as its hooks for Arch call it. Its settings are a list of names, with a `-` before what is left out. */
export async function booster({ layout, release, images }: Place): Promise<InitramfsTool | undefined> {
  const image = images.find((path) => path.startsWith('/boot/booster-'));
  if (image === undefined || !(await hasProgram(layout, 'booster'))) return undefined;
  const output = await besideImage(layout, image);
  return {
    name: 'booster',
    image,
    list: (path) => ['booster', 'ls', path],
    settings: ['/etc/booster.yaml'],
    update: { argv: ['booster', 'build', '--force', '--kernel-version', release, output], output },
  };
}
