import { builtFile } from '../core/install/built-files.ts';
import { findInstalled } from '../core/install/installed-files.ts';
import { archiveFolder, type BuildCoordinates } from '../core/layout.ts';
import { KmodsmithError } from '../errors.ts';
import { kindOf, readBytes } from '../system/files.ts';
import type { DkmsContext } from './context.ts';
import { placementOf } from './placement.ts';
import { type ReadModule, readModules } from './read-module.ts';

interface Build extends BuildCoordinates {
  readonly installed: boolean;
}

/** The texts that dkms puts behind a state, by which scripts and admins know trouble (dkms-compat.md section 4.3). */
export async function readStatusSuffixes(
  context: DkmsContext,
  builds: readonly Build[],
): Promise<ReadonlyMap<BuildCoordinates, string>> {
  const requests = builds.map(({ module, release, arch }) => {
    return { module, kernel: { release, arch }, errors: 'lenient' } as const;
  });
  const read = await readModules(context, requests);
  const suffixes = await Promise.all(builds.map((at, index) => suffixOf(context, at, read[index])));
  return new Map(builds.map((at, index) => [at, suffixes[index] ?? '']));
}

async function suffixOf(
  context: DkmsContext,
  at: Build,
  read: ReadModule | KmodsmithError | undefined,
): Promise<string> {
  const archived = (await kindOf(archiveFolder(context.layout, at))) === 'folder';
  const original = archived ? ' (Original modules exist)' : '';
  if (read === undefined) return original;
  if (read instanceof KmodsmithError) {
    context.output.warn(read.message);
    return original;
  }
  return `${original}${await findTrouble(context, at, read)}`;
}

async function findTrouble(context: DkmsContext, at: Build, { objects }: ReadModule): Promise<string> {
  const { layout } = context;
  const placement = await placementOf(context);
  for (const object of objects) {
    const built = builtFile(layout, at, object.name);
    if (built === undefined) return ' (Built modules are missing in the kernel modules folder)';
    if (!at.installed) continue;
    const installed = await findInstalled({ layout, at, object, ...placement });
    if (installed === undefined || !(await isSameFile(built, installed)))
      return ' (Differences between built and installed modules)';
  }
  return '';
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([a, b].map((path) => readBytes(path).catch(() => undefined)));
  return left !== undefined && right !== undefined && left.equals(right);
}
