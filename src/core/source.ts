import { join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import type { ModuleId } from '../policy/types.ts';
import { runChecked } from '../system/exec.ts';
import { kindOf, linkAtomically, makeFolder, removeTree } from '../system/files.ts';
import { insideRoot } from '../system/root.ts';
import { buildFolder, type Layout, registrationLink } from './layout.ts';

/** Where a module's source belongs: /usr/src/<name>-<version>. */
export function sourcePath(layout: Layout, { name, version }: ModuleId): string {
  return join(layout.sourceTree, `${name}-${version}`);
}

export interface Placing {
  readonly folder: string;
  readonly module: ModuleId;
  /** Whether a source that is there already gives way. */
  readonly replace: boolean;
}

/**
 * Copies a source to where it belongs, complete or not at all.
 * @throws KmodsmithError MODULE_MISMATCH when another one is there, COMMAND_FAILED.
 */
export async function placeSource(layout: Layout, { folder, module, replace }: Placing): Promise<void> {
  const target = sourcePath(layout, module);
  if (!replace) await requireVacancy(layout, { folder, module });
  const staging = `${target}.kmodsmith-new`;
  await removeTree(staging);
  await runChecked(['cp', '-a', '--reflink=auto', `${folder}/`, staging]);
  await removeTree(target);
  await runChecked(['mv', '-T', staging, target]);
}

/** @throws KmodsmithError MODULE_MISMATCH when another source is where this one belongs. */
export async function requireVacancy(
  layout: Layout,
  { folder, module }: Omit<Placing, 'replace'>,
): Promise<void> {
  const target = sourcePath(layout, module);
  if ((await kindOf(target)) === 'missing') return;
  throw new KmodsmithError(
    'MODULE_MISMATCH',
    `${target} is there already, so ${folder} is not copied over it`,
    { hint: `Register what is there: kmodsmith add ${module.name}/${module.version}` },
  );
}

/** Registers a module: the link `source`, and the empty build folder that dkms expects (dkms-compat.md section 4.1). */
export async function linkSource(layout: Layout, module: ModuleId): Promise<void> {
  await makeFolder(buildFolder(layout, module));
  await linkAtomically(insideRoot(layout.root, sourcePath(layout, module)), registrationLink(layout, module));
}
