import { KmodsmithError } from '../../errors.ts';
import type { DkmsContext } from '../context.ts';

export async function mktarball(_context: DkmsContext): Promise<number> {
  throw new KmodsmithError('ARCHIVE_FAILED', 'archives are being written');
}
