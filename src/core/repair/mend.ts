import { join } from 'node:path';
import { copyAtomically, linkAtomically, linkTarget, removeTree } from '../../system/files.ts';
import { insideRoot } from '../../system/root.ts';
import { pruneModuleFolders } from '../install/destinations.ts';
import { isSameModule } from '../install/installed-files.ts';
import { writeManifest } from '../install/manifest.ts';
import { readModuleFile } from '../install/module-file.ts';
import { archiveOriginal } from '../install/originals.ts';
import { uninstallModule } from '../install/uninstall.ts';
import { activeLink } from '../layout.ts';
import type { Damage, Inspection } from './damage.ts';

export interface Mending extends Inspection {
  /** Put links to the build in place of copies (framework.conf, symlink_modules). */
  readonly symlink: boolean;
}

/** Whether `mend` sees to it; the rest takes a plan, or a person. */
export function isMendable({ kind }: Damage): boolean {
  return ['file-missing', 'file-altered', 'manifest-missing', 'link-lost', 'link-without-build'].includes(
    kind,
  );
}

/**
 * Makes the disk agree with the tree again, without a dkms.conf or any script. The caller holds the tree's lock.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function mend(damage: Damage, mending: Mending): Promise<void> {
  const { layout } = mending;
  const { at } = damage;
  switch (damage.kind) {
    case 'file-missing':
    case 'file-altered':
      return putBack(damage, mending);
    case 'manifest-missing':
      return writeManifest(layout, at, damage.manifest);
    case 'link-lost':
      return linkAtomically(join(at.module.version, at.release, at.arch), activeLink(layout, at));
    case 'link-without-build':
      return takeAway(damage, mending);
    default:
      return undefined;
  }
}

type Altered = Extract<Damage, { file: unknown }>;

/** Another module that somebody has put there is kept in the archive, from where it comes back. */
async function putBack({ at, file, from }: Altered, { layout, symlink }: Mending): Promise<void> {
  const path = join(layout.root, file.path);
  if (await isOthers(path, from)) await archiveOriginal(layout, at, path);
  if (symlink) await linkAtomically(insideRoot(layout.root, from), path);
  else await copyAtomically(from, path);
}

async function isOthers(path: string, from: string): Promise<boolean> {
  if ((await linkTarget(path)) !== undefined) return true;
  const found = await readModuleFile(path).catch(() => undefined);
  return found?.stamp !== undefined && !isSameModule(found, await readModuleFile(from));
}

/** What it had replaced comes back. */
async function takeAway(
  { at, files }: Extract<Damage, { kind: 'link-without-build' }>,
  { layout, survey, placement }: Mending,
): Promise<void> {
  const { distribution } = placement;
  for (const path of files) {
    await removeTree(path);
    await pruneModuleFolders({ layout, release: at.release, distribution }, path);
  }
  const objects = survey.site(at.module, at.release)?.conf.objects;
  await uninstallModule({ layout, at, placement, objects });
}
