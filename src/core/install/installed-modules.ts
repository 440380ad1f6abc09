import type { Distribution } from '../../distros/index.ts';
import { insideRoot } from '../../system/root.ts';
import type { BuildCoordinates, Layout } from '../layout.ts';
import { isInstalled, listBuilds, listModules } from '../tree.ts';
import { findOwnFiles } from './installed-files.ts';
import { type InstalledFile, readManifest } from './manifest.ts';

/** A module file that is installed, or was. */
export interface InstalledModule {
  readonly at: BuildCoordinates;
  /** Absolute path inside the root; undefined for a build of which no file at all is found. */
  readonly path: string | undefined;
  /** What may be in it: what an install has recorded, two where one was cut short; none where dkms installed it. */
  readonly recorded: readonly InstalledFile[];
}

/** Every module file that the tree says is installed. Changes nothing. */
export async function listInstalledModules(
  layout: Layout,
  {
    distribution,
    isWanted,
  }: { readonly distribution: Distribution; readonly isWanted: (at: BuildCoordinates) => boolean },
): Promise<InstalledModule[]> {
  const found: InstalledModule[] = [];
  for (const module of await listModules(layout))
    for (const at of (await listBuilds(layout, module)).filter(isWanted))
      found.push(...(await installedModules(layout, at, distribution)));
  return found;
}

async function installedModules(
  layout: Layout,
  at: BuildCoordinates,
  distribution: Distribution,
): Promise<InstalledModule[]> {
  const manifest = await readManifest(layout, at);
  if (manifest !== undefined) {
    const paths = [...new Set(manifest.files.map(({ path }) => path))];
    return paths.map((path) => ({
      ...{ at, path, recorded: manifest.files.filter((file) => file.path === path) },
    }));
  }
  if (!(await isInstalled(layout, at))) return [];
  const placement = { distribution, originals: 'archive', ownVersions: 'compare' } as const;
  const { own } = await findOwnFiles({ layout, at, placement });
  const paths = own.map((path) => insideRoot(layout.root, path));
  return (paths.length === 0 ? [undefined] : paths).map((path) => ({ at, path, recorded: [] }));
}
