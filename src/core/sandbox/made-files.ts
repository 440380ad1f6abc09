import { join } from 'node:path';
import { KmodsmithError, messageOf } from '../../errors.ts';
import { readContained } from '../../system/contained.ts';
import { readBytes } from '../../system/files.ts';
import { placeOf } from '../build/place.ts';
import { type BuildRequest, describe } from '../build/request.ts';

/** Bytes. With all debug information the largest modules have some 200 MB. */
const largestFile = 1024 ** 3;

/**
 * What a build made, by its path below a folder, which is the build folder; undefined when it is not there. Of a sandboxed build nothing
 * is taken that is not really there.
 * @throws KmodsmithError VERIFY_FAILED.
 */
export async function readMade(
  request: BuildRequest,
  path: string,
  folder = placeOf(request).folder,
): Promise<Buffer | undefined> {
  if (request.settings.sandbox === undefined) return readBytes(join(folder, path)).catch(() => undefined);
  return readContained(folder, path, largestFile).catch((cause: unknown) => {
    const message = `${describe(request)}: ${path} is not what a build may leave: ${messageOf(cause)}`;
    throw new KmodsmithError('VERIFY_FAILED', message, {
      cause,
      hint: 'Look into its Makefile and scripts: no sound module needs this.',
    });
  });
}
