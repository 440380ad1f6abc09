import { join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import { moduleKey } from '../policy/identity.ts';
import type { ModuleId } from '../policy/types.ts';
import { kindOf, listFolder } from '../system/files.ts';
import type { ConfReader } from './conf/conf-reader.ts';
import { identify } from './register.ts';
import { isOwnSourceName, sourcePath } from './source.ts';
import { isRegistered, listModules } from './tree.ts';

export interface FoundSources {
  readonly modules: readonly ModuleId[];
  /** Why others count for nothing. */
  readonly problems: readonly KmodsmithError[];
}

/** The modules that nobody has registered and whose source lies where packages put it, by what its dkms.conf says. */
export async function findUnregistered(reader: ConfReader, release: string): Promise<FoundSources> {
  const { layout } = reader;
  const known = new Set<string>();
  for (const module of await listModules(layout))
    if (await isRegistered(layout, module)) known.add(sourcePath(layout, module));
  const modules: ModuleId[] = [];
  const problems: KmodsmithError[] = [];
  for (const { name } of await listFolder(layout.sourceTree)) {
    const folder = join(layout.sourceTree, name);
    const isSource = !isOwnSourceName(name) && (await kindOf(join(folder, 'dkms.conf'))) === 'file';
    if (!isSource || known.has(folder)) continue;
    try {
      modules.push(await identifyInPlace(reader, folder, release));
    } catch (error) {
      if (!(error instanceof KmodsmithError)) throw error;
      problems.push(error);
    }
  }
  return { modules, problems };
}

/** @throws KmodsmithError CONF_*, MODULE_MISMATCH. */
async function identifyInPlace(reader: ConfReader, folder: string, release: string): Promise<ModuleId> {
  const module = await identify(reader, folder, release);
  const place = sourcePath(reader.layout, module);
  if (place === folder) return module;
  throw new KmodsmithError(
    'MODULE_MISMATCH',
    `${folder} holds the source of ${moduleKey(module)}, which belongs in ${place}`,
    { hint: `kmodsmith add ${folder} copies it there.` },
  );
}
