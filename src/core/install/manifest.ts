import { dirname, join, normalize } from 'node:path';
import { syncFolder } from '../../system/durable.ts';
import { exists, readTextIfPresent, writeAtomically } from '../../system/files.ts';
import { insideRoot } from '../../system/root.ts';
import { type BuildCoordinates, type Layout, manifestFile, modulesFolder } from '../layout.ts';

/** What an install put on disk: `manifest.json` beside the build. Uninstalling works from it. */
export interface Manifest {
  readonly version: 1;
  /** `startedAt` of the build that was installed; 0 for one without provenance, and while an install is under way. */
  readonly build: number;
  /** An install that is under way has those of the earlier one and its own: a path may be there twice. */
  readonly files: readonly InstalledFile[];
}

export interface InstalledFile {
  /** Absolute path inside the root. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** Only files of the kernel's own module folder count: whatever the document says, nothing else is ever deleted. */
export async function readManifest(layout: Layout, at: BuildCoordinates): Promise<Manifest | undefined> {
  const text = await readTextIfPresent(manifestFile(layout, at)).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.version !== 1 || !Array.isArray(manifest.files)) return undefined;
    const modules = insideRoot(layout.root, modulesFolder(layout, at.release));
    const isOurs = ({ path }: InstalledFile) => normalize(path).startsWith(`${modules}/`);
    return { ...manifest, files: manifest.files.filter(isOurs) };
  } catch {
    return undefined;
  }
}

/** Whether every installed file is still there; content that somebody signed or replaced since is theirs to judge. */
export async function isInPlace(layout: Layout, { files }: Manifest): Promise<boolean> {
  const present = await Promise.all(files.map(({ path }) => exists(join(layout.root, path))));
  return !present.includes(false);
}

/** On the disk before anything is done that it tells of. */
export async function writeManifest(layout: Layout, at: BuildCoordinates, manifest: Manifest): Promise<void> {
  const file = manifestFile(layout, at);
  await writeAtomically(file, JSON.stringify(manifest));
  await syncFolder(dirname(file));
}
