import { KmodsmithError, messageOf } from '../errors.ts';
import type { Output } from './output.ts';

/** Says what went wrong on stderr; returns dkms's status for it. */
export function reportError(error: unknown, { quiet }: Pick<Output, 'quiet'>): number {
  const known = error instanceof KmodsmithError;
  if (!quiet) {
    process.stderr.write(`Error! ${messageOf(error)}\n`);
    if (known && error.hint !== undefined) process.stderr.write(`${error.hint}\n`);
    if (!known)
      process.stderr.write(`This is a defect of kmodsmith.\n${error instanceof Error ? error.stack : ''}\n`);
  }
  return known ? error.dkmsStatus : 70;
}
