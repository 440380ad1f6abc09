import { KmodsmithError } from '../../errors.ts';
import type { ModuleId } from '../../policy/types.ts';
import type { DkmsContext } from '../context.ts';

export async function ldtarball(context: DkmsContext): Promise<number> {
  await loadArchive(context, context.line.values.archive ?? '');
  return 0;
}

export async function loadArchive(_context: DkmsContext, path: string): Promise<ModuleId> {
  throw new KmodsmithError('ARCHIVE_INVALID', `${path}: archives are being written`);
}
