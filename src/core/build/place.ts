import { join } from 'node:path';
import type { ModuleId } from '../../policy/types.ts';
import { listFolder } from '../../system/files.ts';
import { buildFolder, type Layout, moduleFolder } from '../layout.ts';
import type { BuildRequest } from './request.ts';

/** Where a build happens. */
export interface BuildPlace {
  /** The folder, as we see it. */
  readonly folder: string;
  /** What the programs of the build call it. */
  readonly seenAs: string;
}

/**
 * Many a dkms.conf names dkms's build folder, so that is what every build sees. In a sandbox a folder of the build's own
 * is in that place, and those of one module for several kernels can run at the same time.
 */
export function placeOf({
  layout,
  module,
  kernel,
  settings,
}: Pick<BuildRequest, 'layout' | 'module' | 'kernel' | 'settings'>): BuildPlace {
  const seenAs = buildFolder(layout, module);
  if (settings.sandbox?.showsFolders !== true) return { folder: seenAs, seenAs };
  const name = `${privatePrefix}${kernel.release}-${kernel.arch}`;
  return { folder: join(moduleFolder(layout, module), name), seenAs };
}

/** dkms looks at no name with a dot in front. */
const privatePrefix = '.build-';

/** Private folders of a module's builds; without any build under way they are what one that was cut short has left. */
export async function listPrivateFolders(layout: Layout, module: ModuleId): Promise<string[]> {
  const folder = moduleFolder(layout, module);
  const names = (await listFolder(folder)).map(({ name }) => name);
  return names.filter((name) => name.startsWith(privatePrefix)).map((name) => join(folder, name));
}

/** A path below the folder as the build's programs know it; any other as it is. */
export function asSeen(path: string, { folder, seenAs }: BuildPlace): string {
  return path === folder || path.startsWith(`${folder}/`) ? `${seenAs}${path.slice(folder.length)}` : path;
}
