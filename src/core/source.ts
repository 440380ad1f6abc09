import { dirname, join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import type { ModuleId } from '../policy/types.ts';
import { syncFolder, syncTree } from '../system/durable.ts';
import { run, runChecked } from '../system/exec.ts';
import {
  existsAsEntry,
  kindOf,
  linkAtomically,
  linkTarget,
  listFolder,
  makeFolder,
  removeTree,
  renamePath,
} from '../system/files.ts';
import { insideRoot } from '../system/root.ts';
import type { CutShort } from './build/swap.ts';
import { forgetConfs } from './conf/conf-memo.ts';
import { buildFolder, type Layout, registrationLink } from './layout.ts';

/** Where a module's source belongs: /usr/src/<name>-<version>. */
export function sourcePath(layout: Layout, { name, version }: ModuleId): string {
  return join(layout.sourceTree, `${name}-${version}`);
}

export interface Placing {
  readonly folder: string;
  readonly module: ModuleId;
  /** Whether another source that is there gives way; `keeping`: it does, and is kept beside the new one. */
  readonly replace: boolean | 'keeping';
}

/** What is where a source belongs. A folder with a dkms.conf alone, which came with builds, is no source. */
export type PresentSource = 'missing' | 'same' | 'other';

/**
 * Copies a source to where it belongs, complete or not at all; one that is there with the same content stays. Returns what was
 * there.
 * @throws KmodsmithError MODULE_MISMATCH when another one is there, COMMAND_FAILED.
 */
export async function placeSource(layout: Layout, placing: Placing): Promise<PresentSource> {
  const present = await requireVacancy(layout, placing);
  if (present === 'same') return present;
  const target = sourcePath(layout, placing.module);
  const staging = `${target}${suffixes.unfinished}`;
  await makeFolder(layout.sourceTree);
  await removeTree(staging);
  await runChecked(['cp', '-a', '--reflink=auto', `${placing.folder}/`, staging]);
  await syncTree(staging);
  await exchange(staging, target, placing.replace === 'keeping' && present === 'other');
  forgetConfs();
  return present;
}

/**
 * What is where the source belongs, if it may be placed there.
 * @throws KmodsmithError MODULE_MISMATCH when another source is, and may not be replaced.
 */
export async function requireVacancy(
  layout: Layout,
  { folder, module, replace = false }: Pick<Placing, 'folder' | 'module'> & Partial<Placing>,
): Promise<PresentSource> {
  const target = sourcePath(layout, module);
  const present = await compareSources(folder, target);
  if (present !== 'other' || replace !== false) return present;
  throw new KmodsmithError(
    'MODULE_MISMATCH',
    `${target} holds another source, so ${folder} is not copied over it`,
    { hint: `Delete ${target}, or register what is there: kmodsmith add ${module.name}/${module.version}` },
  );
}

async function compareSources(folder: string, target: string): Promise<PresentSource> {
  if (!(await existsAsEntry(target))) return 'missing';
  const names = (await listFolder(target)).map(({ name }) => name);
  if (names.join() === 'dkms.conf' && (await listFolder(folder)).length > 1) return 'missing';
  const argv = ['diff', '--recursive', '--no-dereference', '--brief', `${folder}/`, `${target}/`];
  return (await run(argv)).exitCode === 0 ? 'same' : 'other';
}

/** Names beside a source, of a placing that was cut short and of what it replaced. */
const suffixes = {
  unfinished: '.kmodsmith-new',
  retired: '.kmodsmith-old',
  retiredToKeep: '.kmodsmith-keep',
  kept: '.kmodsmith-replaced',
} as const;

/** Whether a name beside sources is that of something we have put aside. */
export function isOwnSourceName(name: string): boolean {
  return Object.values(suffixes).some((suffix) => name.endsWith(suffix));
}

/** Where a source is kept that was replaced. */
export function keptSource(layout: Layout, module: ModuleId): string {
  return `${sourcePath(layout, module)}${suffixes.kept}`;
}

/** Folders cannot be exchanged in one step; `restoreSources` ends what was cut short. */
async function exchange(staging: string, target: string, keep: boolean): Promise<void> {
  const retired = `${target}${keep ? suffixes.retiredToKeep : suffixes.retired}`;
  await removeTree(retired);
  if (await existsAsEntry(target)) await renamePath(target, retired);
  await renamePath(staging, target);
  await syncFolder(dirname(target));
  await giveUp(retired, target);
}

async function giveUp(retired: string, target: string): Promise<void> {
  if (!retired.endsWith(suffixes.retiredToKeep)) return removeTree(retired);
  await removeTree(`${target}${suffixes.kept}`);
  if (await existsAsEntry(retired)) await renamePath(retired, `${target}${suffixes.kept}`);
}

/** What placings of sources have left that were cut short. */
export async function listUnplaced(layout: Layout): Promise<CutShort[]> {
  const found: CutShort[] = [];
  for (const { name } of await listFolder(layout.sourceTree)) {
    const path = join(layout.sourceTree, name);
    if (name.endsWith(suffixes.unfinished)) found.push({ path });
    const suffix = [suffixes.retired, suffixes.retiredToKeep].find((ending) => name.endsWith(ending));
    if (suffix === undefined) continue;
    const target = path.slice(0, -suffix.length);
    const isKept = suffix === suffixes.retiredToKeep;
    if (!(await existsAsEntry(target))) found.push({ path, place: target });
    else found.push(isKept ? { path, place: `${target}${suffixes.kept}` } : { path });
  }
  return found;
}

/** Ends or undoes every placing of a source that was cut short. */
export async function restoreSources(layout: Layout): Promise<void> {
  for (const { path, place } of await listUnplaced(layout)) {
    if (place?.endsWith(suffixes.kept)) await removeTree(place);
    await (place === undefined ? removeTree(path) : renamePath(path, place));
  }
}

/**
 * Registers a module: the link `source`, and the empty build folder that dkms expects (dkms-compat.md section 4.1). A folder in
 * place of the link, dkms's own for builds that came without a source, gives way.
 */
export async function linkSource(layout: Layout, module: ModuleId): Promise<void> {
  const link = registrationLink(layout, module);
  await makeFolder(buildFolder(layout, module));
  const isFolder = (await linkTarget(link)) === undefined && (await kindOf(link)) === 'folder';
  if (isFolder) await removeTree(link);
  await linkAtomically(insideRoot(layout.root, sourcePath(layout, module)), link);
}
