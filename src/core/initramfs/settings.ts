import { join } from 'node:path';
import { kindOf, listFolder, readTextIfPresent } from '../../system/files.ts';
import { resolveInRoot } from '../../system/root.ts';
import type { Layout } from '../layout.ts';
import type { InitramfsTool } from './tool.ts';

export interface Setting {
  /** Absolute, inside the root. */
  readonly path: string;
  /** Without comments. */
  readonly text: string;
}

/** The files that say what is to be in an image; what is not there, or cannot be read, says nothing. */
export async function readSettings(
  layout: Layout,
  { settings, isVoid }: Pick<InitramfsTool, 'settings' | 'isVoid'>,
): Promise<Setting[]> {
  const found: Setting[] = [];
  for (const path of (await Promise.all(settings.map((one) => filesOf(layout, one)))).flat()) {
    const text = await readTextIfPresent(await resolveInRoot(layout.root, path)).catch(() => undefined);
    const lines = (text ?? '').split('\n').map((line) => line.replace(/(^|\s)#.*/, ''));
    found.push({ path, text: lines.filter((line) => !isVoid?.(line)).join('\n') });
  }
  return found;
}

/** A kernel's modules may be written with dashes and with underscores. */
export function mentions({ text }: Pick<Setting, 'text'>, name: string): boolean {
  const pattern = name.replace(/[^\w-]/g, '\\$&').replace(/[-_]/g, '[-_]');
  return new RegExp(`(?<![\\w-])${pattern}(?![\\w-])`).test(text);
}

export async function isFolder({ root }: Layout, path: string): Promise<boolean> {
  return (await kindOf(await resolveInRoot(root, path))) === 'folder';
}

/** The folders in a folder. */
export async function listSettingFolders(layout: Layout, path: string): Promise<string[]> {
  const entries = await listFolder(await resolveInRoot(layout.root, path)).catch(() => []);
  const paths = entries.map(({ name }) => join(path, name));
  const folders = await Promise.all(paths.map((entry) => isFolder(layout, entry)));
  return paths.filter((_, index) => folders[index]);
}

async function filesOf(layout: Layout, path: string): Promise<string[]> {
  if (!(await isFolder(layout, path))) return [path];
  const entries = await listFolder(await resolveInRoot(layout.root, path)).catch(() => []);
  return entries.map(({ name }) => join(path, name));
}
