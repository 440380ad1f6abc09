import { open } from 'node:fs/promises';
import { noteLook } from './looks.ts';

/** The size of a file in bytes; 0 when it is not there. */
export async function sizeOf(path: string): Promise<number> {
  return withFile(path, async (file) => (await file.stat()).size);
}

/** The text of a file from a byte on, at most `limit` bytes of it; empty when it is not there. */
export async function readPart(path: string, from: number, limit: number): Promise<string> {
  const bytes = Buffer.alloc(Math.max(0, Math.min(limit, (await sizeOf(path)) - from)));
  const length = await withFile(
    path,
    async (file) => (await file.read(bytes, 0, bytes.length, from)).bytesRead,
  );
  return bytes.toString('utf8', 0, length);
}

type Opened = Awaited<ReturnType<typeof open>>;

async function withFile(path: string, use: (file: Opened) => Promise<number>): Promise<number> {
  noteLook(path);
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return 0;
  return use(file).finally(() => file.close());
}
