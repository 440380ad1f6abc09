import type { ModuleId } from '../../policy/types.ts';
import type { DkmsContext } from '../context.ts';
import { isAdded, requireRoot } from '../states.ts';
import { namedKernels, namedModule } from '../targets.ts';
import { addModule } from './add.ts';
import { bringSource } from './bring-source.ts';

/**
 * The module that `build` and `install` are about: named, or added first from a folder or an archive.
 * @throws KmodsmithError MODULE_NOT_NAMED, ROOT_NEEDED and what adding throws.
 */
export async function bringModule(context: DkmsContext): Promise<ModuleId> {
  const { line, layout } = context;
  if (line.values.archive !== undefined) {
    requireRoot();
    return (await import('../actions/ldtarball.ts')).loadArchive(context, line.values.archive);
  }
  if (line.sourceFolder === undefined) return namedModule(context);
  requireRoot();
  const module = await bringSource(context, line.sourceFolder);
  const [kernel] = namedKernels(context);
  if (kernel !== undefined && !(await isAdded(layout, module))) await addModule(context, module, kernel);
  return module;
}
