import { join, resolve } from 'node:path';
import { placeSource, sourcePath } from '../../core/source.ts';
import { KmodsmithError } from '../../errors.ts';
import type { ModuleId } from '../../policy/types.ts';
import { kindOf, realPath } from '../../system/files.ts';
import type { DkmsContext } from '../context.ts';
import { readModule } from '../read-module.ts';
import { namedKernels } from '../targets.ts';

/**
 * Copies the source that a folder holds to where it belongs, unless it is there; returns whose source it is.
 * @throws KmodsmithError SOURCE_WITHOUT_CONF, CONF_*, MODULE_MISMATCH.
 */
export async function bringSource(context: DkmsContext, given: string): Promise<ModuleId> {
  const { layout } = context;
  const folder = resolve(given);
  if ((await kindOf(join(folder, 'dkms.conf'))) !== 'file' && !context.line.values.conf) {
    throw new KmodsmithError('SOURCE_WITHOUT_CONF', `there is no dkms.conf in ${folder}`, {
      hint: "Give the folder that holds the module's dkms.conf.",
    });
  }
  const module = await identify(context, folder);
  const target = sourcePath(layout, module);
  const paths = await Promise.all([folder, target].map((path) => realPath(path).catch(() => path)));
  if (paths[0] === paths[1]) return module;
  const present = await placeSource(layout, { folder, module, replace: context.has('force') });
  if (present === 'other') context.output.warn(`${target} held another source and was replaced`);
  return module;
}

async function identify(context: DkmsContext, folder: string): Promise<ModuleId> {
  const [kernel] = namedKernels(context);
  if (kernel === undefined) throw new KmodsmithError('KERNEL_EMPTY', 'no kernel is named');
  const nobody = { name: '', version: '' };
  const { conf } = await readModule(context, { module: nobody, kernel, errors: 'lenient', folder });
  return { name: conf.name, version: conf.version };
}
