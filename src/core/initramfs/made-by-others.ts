import { modificationTime } from '../../system/files.ts';
import { resolveInRoot } from '../../system/root.ts';
import type { Layout } from '../layout.ts';
import { type Lag, timeOfLag } from './lag.ts';
import { responsibleTool } from './responsible.ts';

/**
 * Whether a kernel's image was written after it had been left to others. Times in doubt count for nothing: an image on a
 * FAT boot partition knows two seconds only, and is made once more.
 */
export async function isMadeByOthers(layout: Layout, release: string, lag: Lag): Promise<boolean> {
  if (lag.isLeft !== true) return false;
  const tool = await responsibleTool(layout, release);
  if (tool === undefined) return false;
  const image = await resolveInRoot(layout.root, tool.image);
  return (await modificationTime(image)) > (await timeOfLag(layout, release));
}
