import { basename, join } from 'node:path';
import { compareVersionKeys } from '../../formats/version-key.ts';
import { isPlainFile } from '../../system/files.ts';
import { filesBelow } from '../../system/fingerprint.ts';
import { type Layout, modulesFolder } from '../layout.ts';
import { objectName } from './built-files.ts';
import { isSameBody, type ModuleFile, readModuleFile } from './module-file.ts';

/** Why a module is not put beside, or in place of, one of its name that the kernel has already. */
export interface Objection {
  /** The one there is `newer`, or it is the `same`. */
  readonly because: 'newer' | 'same';
  /** Absolute path of the host. */
  readonly found: string;
  /** MODULE_VERSION of the one there and of ours; empty where it has none. */
  readonly foundVersion: string;
  readonly version: string;
}

/**
 * What a module in a kernel says to another one of its name (dkms-compat.md section 5.2, item 3): undefined lets it in.
 * A module without any version counts as one with an empty version, and as the same only with the same content.
 */
export function compareModules(found: ModuleFile, own: ModuleFile): Objection['because'] | undefined {
  const there = found.stamp ?? { version: '', checksum: '' };
  const ours = own.stamp ?? { version: '', checksum: '' };
  if (there.version !== ours.version)
    return compareVersionKeys(there.version, ours.version) > 0 ? 'newer' : undefined;
  if (there.checksum !== ours.checksum) return undefined;
  const isUnversioned = ours.version === '' && ours.checksum === '';
  return !isUnversioned || isSameBody(found, own) ? 'same' : undefined;
}

/**
 * The first objection that any of the modules of the same name has, in the order of their paths. dkms asks only the one
 * that it happens to find first.
 */
export async function findObjection(
  own: ModuleFile,
  candidates: readonly string[],
): Promise<Objection | undefined> {
  for (const found of candidates) {
    const other = await readModuleFile(found).catch(() => undefined);
    const because = other && compareModules(other, own);
    if (because === undefined) continue;
    const [foundVersion = '', version = ''] = [other?.stamp?.version, own.stamp?.version];
    return { because, found, foundVersion, version };
  }
  return undefined;
}

/**
 * Every kernel object below a kernel's module folder as host paths by its name, in the order of their paths. Links are
 * not followed and do not count, as for dkms.
 */
export async function listKernelObjects(
  layout: Layout,
  release: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const folder = modulesFolder(layout, release);
  const found = new Map<string, string[]>(names.map((name) => [name, []]));
  const listOf = (name: string) => found.get(objectName(name) ?? '');
  for (const path of filesBelow(folder, (name) => listOf(name) !== undefined))
    if (await isPlainFile(join(folder, path))) listOf(basename(path))?.push(join(folder, path));
  return found;
}
