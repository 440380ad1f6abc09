import { KmodsmithError } from '../../errors.ts';
import { isReadOnly } from '../../system/stats.ts';
import { type Layout, modulesFolder } from '../layout.ts';
import { ostreeAdvice, whyOstree } from '../system-kind.ts';

/**
 * Finds out before anything is built for a kernel whether its modules could be put in place.
 * @throws KmodsmithError MODULES_READ_ONLY.
 */
export async function requireWritableModules(layout: Layout, release: string): Promise<void> {
  const folder = modulesFolder(layout, release);
  if (!isReadOnly(folder)) return;
  const ostree = await whyOstree({ layout, environment: {} });
  if (ostree === undefined) {
    throw new KmodsmithError('MODULES_READ_ONLY', `${folder} is on a file system that is read-only`, {
      hint: 'Have it mounted for writing, or build the modules where it is made: kmodsmith install --root FOLDER.',
    });
  }
  throw new KmodsmithError(
    'MODULES_READ_ONLY',
    `nothing can be installed into ${folder}: this system booted by ostree, so /usr is read-only (${ostree})`,
    { hint: ostreeAdvice },
  );
}
