import { join, resolve } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import type { ModuleId } from '../policy/types.ts';
import { kindOf } from '../system/files.ts';
import { machineName } from '../system/machine.ts';
import { confVariables, type ReadConf, readConf } from './conf/conf.ts';
import type { ConfReader } from './conf/conf-reader.ts';
import { readKernelTree } from './kernels.ts';
import { linkSource, placeSource, requireVacancy, sourcePath } from './source.ts';

/** What to register: `name/version` with its source in /usr/src, or a folder that holds a dkms.conf. */
export type Registration = { readonly module: ModuleId } | { readonly folder: string };

interface Registered {
  readonly module: ModuleId;
  /** What is merely odd about its dkms.conf. */
  readonly warnings: readonly string[];
}

/**
 * Registers a module as `dkms add` does: the link `source` to /usr/src/<name>-<version>. A folder elsewhere is copied
 * there first, never over another source. Registering again changes nothing.
 * @throws KmodsmithError SOURCE_MISSING, MODULE_MISMATCH, CONF_*.
 */
export async function registerModule(
  reader: ConfReader,
  what: Registration,
  release: string,
): Promise<Registered> {
  const { layout } = reader;
  const { folder, module, warnings } = await checkRegistration(reader, what, release);
  if (folder !== sourcePath(layout, module)) await placeSource(layout, { folder, module, replace: false });
  await linkSource(layout, module);
  return { module, warnings };
}

/** What would be registered, and from which folder; refuses what `registerModule` refuses, and changes nothing. */
export async function checkRegistration(
  reader: ConfReader,
  what: Registration,
  release: string,
): Promise<Registered & { folder: string }> {
  const { layout } = reader;
  const folder = 'folder' in what ? resolve(what.folder) : sourcePath(layout, what.module);
  if ((await kindOf(folder)) !== 'folder') {
    throw new KmodsmithError('SOURCE_MISSING', `${folder} is not a folder with a module's source`, {
      hint: 'Install the package that brings the source, or give the folder that holds dkms.conf.',
    });
  }
  const module = 'module' in what ? what.module : await identify(reader, folder, release);
  const warnings = await validate(reader, { folder, module, release });
  if (folder !== sourcePath(layout, module)) await requireVacancy(layout, { folder, module });
  return { folder, module, warnings };
}

/**
 * The name and version that the dkms.conf of a folder gives.
 * @throws KmodsmithError CONF_*.
 */
export async function identify(reader: ConfReader, folder: string, release: string): Promise<ModuleId> {
  const { conf } = await read(reader, { folder, module: { name: '', version: '' }, release });
  return { name: conf.name, version: conf.version };
}

interface Source {
  readonly folder: string;
  readonly module: ModuleId;
  readonly release: string;
}

/** @throws KmodsmithError for a dkms.conf that cannot be used; returns what is merely odd about it. */
async function validate(reader: ConfReader, source: Source): Promise<readonly string[]> {
  return (await read(reader, source)).conf.warnings;
}

async function read(
  { layout, evaluate }: ConfReader,
  { folder, module, release }: Source,
): Promise<ReadConf> {
  const file = join(folder, 'dkms.conf');
  const tree = await readKernelTree(layout, release);
  const variables = confVariables(layout, { module, tree });
  const [result] = await evaluate([{ files: [file], variables, folders: tree.includedTrees }]);
  if (result === undefined)
    throw new KmodsmithError('CONF_MISSING', `${folder}/dkms.conf could not be evaluated`);
  const kernel = { release, arch: machineName, config: tree.config?.settings };
  const named = module.name === '' ? {} : { module };
  const found = readConf(result, file, { ...named, kernel, errors: 'engine' });
  if (found instanceof KmodsmithError) throw found;
  return found;
}
