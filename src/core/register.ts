import { join, resolve } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import type { ModuleId } from '../policy/types.ts';
import { kindOf } from '../system/files.ts';
import { machineName } from '../system/machine.ts';
import { confVariables, type ReadConf, readConf } from './conf/conf.ts';
import { evaluateConfs } from './conf/dkms-conf.ts';
import { readKernelTree } from './kernels.ts';
import type { Layout } from './layout.ts';
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
  layout: Layout,
  what: Registration,
  release: string,
): Promise<Registered> {
  const { folder, module, warnings } = await checkRegistration(layout, what, release);
  if (folder !== sourcePath(layout, module)) await placeSource(layout, { folder, module, replace: false });
  await linkSource(layout, module);
  return { module, warnings };
}

/** What would be registered, and from which folder; refuses what `registerModule` refuses, and changes nothing. */
export async function checkRegistration(
  layout: Layout,
  what: Registration,
  release: string,
): Promise<Registered & { folder: string }> {
  const folder = 'folder' in what ? resolve(what.folder) : sourcePath(layout, what.module);
  if ((await kindOf(folder)) !== 'folder') {
    throw new KmodsmithError('SOURCE_MISSING', `${folder} is not a folder with a module's source`, {
      hint: 'Install the package that brings the source, or give the folder that holds dkms.conf.',
    });
  }
  const module = 'module' in what ? what.module : await identify(layout, folder, release);
  const warnings = await validate(layout, { folder, module, release });
  if (folder !== sourcePath(layout, module)) await requireVacancy(layout, { folder, module });
  return { folder, module, warnings };
}

/**
 * The name and version that the dkms.conf of a folder gives.
 * @throws KmodsmithError CONF_*.
 */
export async function identify(layout: Layout, folder: string, release: string): Promise<ModuleId> {
  const { conf } = await read(layout, { folder, module: { name: '', version: '' }, release });
  return { name: conf.name, version: conf.version };
}

interface Source {
  readonly folder: string;
  readonly module: ModuleId;
  readonly release: string;
}

/** @throws KmodsmithError for a dkms.conf that cannot be used; returns what is merely odd about it. */
async function validate(layout: Layout, source: Source): Promise<readonly string[]> {
  return (await read(layout, source)).conf.warnings;
}

async function read(layout: Layout, { folder, module, release }: Source): Promise<ReadConf> {
  const file = join(folder, 'dkms.conf');
  const tree = await readKernelTree(layout, release);
  const [result] = await evaluateConfs([
    { files: [file], variables: confVariables(layout, { module, tree }) },
  ]);
  if (result === undefined)
    throw new KmodsmithError('CONF_MISSING', `${folder}/dkms.conf could not be evaluated`);
  const kernel = { release, arch: machineName, config: tree.config?.settings };
  const named = module.name === '' ? {} : { module };
  const found = readConf(result, file, { ...named, kernel, errors: 'engine' });
  if (found instanceof KmodsmithError) throw found;
  return found;
}
