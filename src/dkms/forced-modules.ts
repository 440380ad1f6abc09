import { join } from 'node:path';
import { listFolder, readTextIfPresent } from '../system/files.ts';

const folder = '/usr/share/dkms/modules_to_force_install';

export interface ForcedModules {
  /** Installed whatever the kernel has. */
  readonly modules: ReadonlySet<string>;
  /** Installed whatever version the kernel has. */
  readonly versions: ReadonlySet<string>;
}

/** The modules that packages want installed by force: words `M` and `M_version-override` (dkms-compat.md section 5.3). */
export async function readForcedModules(): Promise<ForcedModules> {
  const names = (await listFolder(folder)).map(({ name }) => name);
  const texts = await Promise.all(
    names.map((name) => readTextIfPresent(join(folder, name)).catch(() => undefined)),
  );
  const words = texts.flatMap((text) => (text ?? '').split(/\s+/)).filter((word) => word !== '');
  const suffix = '_version-override';
  return {
    modules: new Set(words.filter((word) => !word.endsWith(suffix))),
    versions: new Set(
      words.filter((word) => word.endsWith(suffix)).map((word) => word.slice(0, -suffix.length)),
    ),
  };
}
