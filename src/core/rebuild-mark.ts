import { join } from 'node:path';
import { exists, removeTree, writeAtomically } from '../system/files.ts';
import { type BuildCoordinates, type Layout, resultFolder } from './layout.ts';

/** Beside a build, where dkms does not look; a new build replaces the whole folder and with it the mark. */
function markFile(layout: Layout, at: BuildCoordinates): string {
  return join(resultFolder(layout, at), 'rebuild');
}

/** Says that a build has to be made anew at the next occasion; until then it stays as it is. */
export async function markForRebuild(layout: Layout, at: BuildCoordinates): Promise<void> {
  await writeAtomically(markFile(layout, at), '');
}

export async function isMarkedForRebuild(layout: Layout, at: BuildCoordinates): Promise<boolean> {
  return exists(markFile(layout, at));
}

/** Takes the mark away; a build without one stays as it is. */
export async function clearMark(layout: Layout, at: BuildCoordinates): Promise<void> {
  await removeTree(markFile(layout, at));
}
