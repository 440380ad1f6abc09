import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { noteLook } from './looks.ts';
import { readOutput } from './read-output.ts';

interface Compression {
  /** What a file begins with. */
  readonly magic: readonly number[];
  /** The program that turns its stdin into plain bytes. */
  readonly argv: readonly string[];
}

const ascii = (text: string) => [...Buffer.from(text)];

/** Those that GNU tar knows by a file's beginning and that have one program of their own. */
const compressions: readonly Compression[] = [
  { magic: [0x1f, 0x8b], argv: ['gzip', '-dc'] },
  { magic: [0x1f, 0x9d], argv: ['gzip', '-dc'] },
  { magic: ascii('BZh'), argv: ['bzip2', '-dc'] },
  { magic: [0xfd, ...ascii('7zXZ'), 0], argv: ['xz', '-dc', '--memlimit-decompress=1GiB'] },
  { magic: [0x5d, 0, 0], argv: ['xz', '--format=lzma', '-dc', '--memlimit-decompress=1GiB'] },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], argv: ['zstd', '-dc'] },
  { magic: ascii('LZIP'), argv: ['lzip', '-dc'] },
];

/** How a file that begins with these bytes is compressed, if it is. */
export function findCompression(beginning: Uint8Array): Compression | undefined {
  return compressions.find(({ magic }) => magic.every((byte, index) => beginning[index] === byte));
}

/**
 * The bytes of a file, decompressed as its own beginning asks for, whatever its name says.
 * @throws KmodsmithError COMMAND_FAILED, ARCHIVE_INVALID; a file that cannot be read as it comes.
 */
export async function* readDecompressed(path: string): AsyncGenerator<Buffer> {
  noteLook(path);
  const compression = findCompression(await readBeginning(path));
  if (compression !== undefined) yield* readOutput(compression.argv, path);
  else for await (const chunk of createReadStream(path)) yield chunk as Buffer;
}

async function readBeginning(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
