import { join } from 'node:path';
import { run } from '../../system/exec.ts';
import { listFolder, readTextIfPresent } from '../../system/files.ts';
import { insideRoot } from '../../system/root.ts';
import { filesOfObject, isKernelFolder, possibleFolders } from '../install/destinations.ts';
import { readManifest } from '../install/manifest.ts';
import type { BuildCoordinates, Layout } from '../layout.ts';
import { listBuilds, listModules } from '../tree.ts';
import type { Inspection } from './damage.ts';

/**
 * What a module had installed whose build is gone with its manifest: host paths. An active link says that it was
 * installed, its dkms.conf what and where. Nothing among the kernel's own files, nor what another module or a package
 * has there.
 */
export async function findOrphans(
  { layout, survey, placement }: Inspection,
  at: BuildCoordinates,
): Promise<string[]> {
  const objects = survey.site(at.module, at.release)?.conf.objects ?? [];
  const found: string[] = [];
  for (const object of objects) {
    const folders = possibleFolders(placement, object).filter((folder) => !isKernelFolder(folder));
    for (const folder of folders)
      found.push(...(await filesOfObject({ layout, release: at.release }, folder, object.name)));
  }
  const ours: string[] = [];
  for (const path of new Set(found)) {
    if (await isClaimed(layout, at, path)) continue;
    const isOwned = placement.distribution.family === 'debian' ? isOfDpkg : isOfRpm;
    if (!(await isOwned(layout, path))) ours.push(path);
  }
  return ours;
}

async function isClaimed(layout: Layout, { release }: BuildCoordinates, path: string): Promise<boolean> {
  const inside = insideRoot(layout.root, path);
  for (const module of await listModules(layout)) {
    for (const at of (await listBuilds(layout, module)).filter((build) => build.release === release)) {
      const files = (await readManifest(layout, at))?.files ?? [];
      if (files.some((file) => file.path === inside)) return true;
    }
  }
  return false;
}

async function isOfDpkg(layout: Layout, path: string): Promise<boolean> {
  const info = join(layout.root, 'var/lib/dpkg/info');
  const inside = insideRoot(layout.root, path);
  const places = [inside, inside.startsWith('/lib/') ? `/usr${inside}` : inside.replace(/^\/usr/, '')];
  for (const { name } of (await listFolder(info)).filter((entry) => entry.name.endsWith('.list'))) {
    const list = `\n${(await readTextIfPresent(join(info, name)).catch(() => undefined)) ?? ''}`;
    if (places.some((place) => list.includes(`\n${place}\n`))) return true;
  }
  return false;
}

/** False where there is no rpm. */
async function isOfRpm({ root }: Layout, path: string): Promise<boolean> {
  const argv = ['rpm', '--root', root, '-qf', insideRoot(root, path)];
  const asked = await run(argv, { timeoutSeconds: 20 }).catch(() => undefined);
  return asked?.exitCode === 0;
}
