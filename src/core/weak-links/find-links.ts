import { basename, dirname, isAbsolute, join } from 'node:path';
import { exists, linkTarget } from '../../system/files.ts';
import { filesBelow } from '../../system/fingerprint.ts';
import { insideRoot, resolveInRoot } from '../../system/root.ts';
import { readManifest } from '../install/manifest.ts';
import { type BuildCoordinates, type Layout, modulesFolder, weakFolder } from '../layout.ts';
import { isInstalled, listBuilds, listModules } from '../tree.ts';
import { readProof } from './proof.ts';
import type { WeakLink } from './weak-link.ts';

const moduleFile = /\.ko(\.[a-z0-9]+)?$/;

/**
 * The links of a kernel that lead to what one of our manifests records, and those that lead to nothing and are proven to
 * have led to a module of ours. Where a kernel has none at all, that takes one look into one folder.
 */
export async function findWeakLinks(
  layout: Layout,
  release: string,
  recorded: RecordedFiles,
): Promise<WeakLink[]> {
  const folder = join(modulesFolder(layout, release), weakFolder);
  const found: WeakLink[] = [];
  for (const name of filesBelow(folder, (file) => moduleFile.test(file))) {
    const path = insideRoot(layout.root, join(folder, name));
    const text = await linkTarget(join(folder, name));
    if (text === undefined) continue;
    const place = await placeOf(layout, isAbsolute(text) ? text : `${dirname(path)}/${text}`);
    const target = insideRoot(layout.root, place);
    const at = (await recorded.buildOf(place)) ?? (await lostBuild(layout, { release, path, target }));
    if (at !== undefined && at.release !== release) found.push({ at, release, path, target });
  }
  return found;
}

/** What every install has recorded, by where it is; read when it is first asked for. */
export class RecordedFiles {
  readonly #layout: Layout;
  #builds: Promise<ReadonlyMap<string, BuildCoordinates>> | undefined;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** The build that has a file there, by its host path with no links in its folder. */
  async buildOf(place: string): Promise<BuildCoordinates | undefined> {
    this.#builds ??= readRecorded(this.#layout);
    return (await this.#builds).get(place);
  }
}

async function readRecorded(layout: Layout): Promise<ReadonlyMap<string, BuildCoordinates>> {
  const found = new Map<string, BuildCoordinates>();
  for (const module of await listModules(layout))
    for (const at of await listBuilds(layout, module))
      for (const { path } of (await readManifest(layout, at))?.files ?? []) {
        const place = await placeOf(layout, path);
        // What an earlier version had recorded may be the other one's by now.
        if (!found.has(place) || (await isInstalled(layout, at))) found.set(place, at);
      }
  return found;
}

/** /lib may be a link to /usr/lib, and an installed file one to its build: the last part of a path is not followed. */
async function placeOf({ root }: Layout, path: string): Promise<string> {
  return join(await resolveInRoot(root, dirname(path)), basename(path));
}

async function lostBuild(layout: Layout, link: Omit<WeakLink, 'at'>): Promise<BuildCoordinates | undefined> {
  if (await exists(join(layout.root, link.target))) return undefined;
  const proof = await readProof(layout, link);
  if (proof?.file.path !== link.target) return undefined;
  return { module: proof.module, ...proof.builtFor };
}
