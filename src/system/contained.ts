import { constants } from 'node:fs';
import { open, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { noteLook } from './looks.ts';

/**
 * The bytes of a regular file below a folder that whoever wrote there may mean harm with: links may lead anywhere inside
 * of it, and nowhere else. Undefined when nothing is there.
 * @throws Error that says why the file is not taken, as a clause; it may have more than `limit` bytes.
 */
export async function readContained(
  folder: string,
  path: string,
  limit: number,
): Promise<Buffer | undefined> {
  const [base, real] = await Promise.all([folder, join(folder, path)].map(resolved));
  if (base === undefined || real === undefined) return undefined;
  if (!real.startsWith(`${base}/`)) throw new Error('it leads out of the build folder');
  const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new Error('it is no regular file');
    if (status.size > limit) throw new Error(`it has more than ${limit} bytes`);
    // Where it is now, should a link have come in between. Without a procfs there is no telling.
    const opened = await readlink(`/proc/self/fd/${file.fd}`).catch(() => real);
    if (!opened.startsWith(`${base}/`)) throw new Error('it leads out of the build folder');
    const bytes = Buffer.alloc(status.size);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function resolved(path: string): Promise<string | undefined> {
  noteLook(path);
  return realpath(path).catch(() => undefined);
}
