import { join } from 'node:path';
import {
  activeLink,
  type BuildCoordinates,
  type Layout,
  moduleFolder,
  registrationLink,
  resultFolder,
} from '../core/layout.ts';
import { ostreeAdvice, whyOstree } from '../core/system-kind.ts';
import { KmodsmithError } from '../errors.ts';
import type { ModuleId } from '../policy/types.ts';
import { isWritable, kindOf, linkTarget, realPath } from '../system/files.ts';
import { isRoot } from '../system/machine.ts';

/** Its folder is there, but not the source that it was registered with (dkms-compat.md section 4.2). */
export async function isBroken(layout: Layout, module: ModuleId): Promise<boolean> {
  if ((await kindOf(moduleFolder(layout, module))) !== 'folder') return false;
  const link = registrationLink(layout, module);
  if ((await linkTarget(link)) !== undefined) return (await kindOf(link)) !== 'folder';
  return (await kindOf(join(layout.sourceTree, `${module.name}-${module.version}`))) === 'folder';
}

export async function isAdded(layout: Layout, module: ModuleId): Promise<boolean> {
  const link = registrationLink(layout, module);
  return (await kindOf(link)) === 'folder';
}

export async function isBuilt(layout: Layout, at: BuildCoordinates): Promise<boolean> {
  return (await kindOf(join(resultFolder(layout, at), 'module'))) === 'folder';
}

/** Built, and the link of the active version leads to it, by whatever names. */
export async function isActive(layout: Layout, at: BuildCoordinates): Promise<boolean> {
  if (!(await isBuilt(layout, at))) return false;
  const [linked, result] = await Promise.all(
    [activeLink(layout, at), resultFolder(layout, at)].map((path) => realPath(path).catch(() => undefined)),
  );
  return linked !== undefined && linked === result;
}

/** @throws KmodsmithError ROOT_NEEDED. */
export function requireRoot(): void {
  if (isRoot()) return;
  throw new KmodsmithError('ROOT_NEEDED', 'this takes root', { hint: 'Run it with sudo.' });
}

/** @throws KmodsmithError TREE_UNWRITABLE. */
export async function requireTree(layout: Layout): Promise<void> {
  const { dkmsTree } = layout;
  if ((await kindOf(dkmsTree)) === 'folder' && (await isWritable(dkmsTree))) return;
  const ostree = await whyOstree({ layout, environment: process.env });
  throw new KmodsmithError('TREE_UNWRITABLE', `${dkmsTree} is not there or not writable for us`, {
    hint:
      ostree === undefined
        ? 'Run it with sudo, or give a tree of your own with --dkmstree.'
        : `This system booted by ostree (${ostree}). ${ostreeAdvice}`,
  });
}

/** @throws KmodsmithError MODULE_BROKEN. */
export async function refuseBroken(layout: Layout, module: ModuleId): Promise<void> {
  if (!(await isBroken(layout, module))) return;
  throw new KmodsmithError(
    'MODULE_BROKEN',
    `${module.name}/${module.version} is broken: ${registrationLink(layout, module)} does not lead to its source`,
    { hint: `Reinstall its package, or delete ${moduleFolder(layout, module)}.` },
  );
}

/** @throws KmodsmithError MODULE_UNKNOWN. */
export async function requireAdded(layout: Layout, module: ModuleId): Promise<void> {
  if (await isAdded(layout, module)) return;
  throw new KmodsmithError(
    'MODULE_UNKNOWN',
    `${module.name}/${module.version} is not in ${layout.dkmsTree}`,
    {
      hint: `Register it first: dkms add ${module.name}/${module.version}`,
    },
  );
}
