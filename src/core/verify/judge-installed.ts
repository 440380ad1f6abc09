import { basename, join, normalize } from 'node:path';
import { linkTarget, readBytes } from '../../system/files.ts';
import { sha256 } from '../../system/fingerprint.ts';
import { builtFile, objectName } from '../install/built-files.ts';
import type { InstalledFile } from '../install/manifest.ts';
import { isSameBody, readModuleFile } from '../install/module-file.ts';
import { type BuildCoordinates, type Layout, resultFolder } from '../layout.ts';

/**
 * Whether an installed file is what it was installed as. The same module that somebody has signed or compressed in another
 * way since is as good.
 */
export async function judgeInstalled(
  layout: Layout,
  at: BuildCoordinates,
  file: InstalledFile,
): Promise<'sound' | 'file-missing' | 'file-altered'> {
  const path = join(layout.root, file.path);
  const target = await linkTarget(path);
  if (target !== undefined) {
    const place = normalize(join(layout.root, target));
    return place.startsWith(`${resultFolder(layout, at)}/`) ? 'sound' : 'file-altered';
  }
  const bytes = await readBytes(path).catch(() => undefined);
  if (bytes === undefined) return 'file-missing';
  if (sha256(bytes) === file.sha256) return 'sound';
  const built = builtFile(layout, at, objectName(basename(path)) ?? '');
  if (built === undefined) return 'file-altered';
  const [found, wanted] = await Promise.all([readModuleFile(path), readModuleFile(built)]);
  return isSameBody(found, wanted) ? 'sound' : 'file-altered';
}
