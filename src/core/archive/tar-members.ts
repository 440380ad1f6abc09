import { Parser } from 'tar/parse';
import type { ReadEntry } from 'tar/read-entry';
import { KmodsmithError, messageOf } from '../../errors.ts';
import type { ArchiveMember, MemberKind } from '../../formats/archive-member.ts';
import { findCompression } from '../../system/decompress.ts';

/** A member begins, or the content of the one that began last goes on. */
export type TarPart = ArchiveMember | Uint8Array;

/** tar's unit, in bytes; nothing shorter is an archive. */
const blockSize = 512;

/**
 * The members of a plain tar archive with their content, in the order of the archive, in any of the formats ustar, pax, GNU and
 * V7. Never holds more than a chunk of `bytes` and one member's headers.
 * @throws KmodsmithError NOT_AN_ARCHIVE when not even the beginning is one, ARCHIVE_INVALID when it is damaged or ends early;
 * `file` is what the messages call it.
 */
export async function* readTar(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<TarPart> {
  const parts: TarPart[] = [];
  const parser = new TarParser(parts);
  for await (const chunk of inBlocks(bytes, file)) {
    // After its end an archive may be padded with anything.
    if (parser.hasEnded) continue;
    parser.write(chunk);
    yield* parts.splice(0);
    if (parser.problem !== undefined) throw damaged(file, parser);
  }
  parser.end();
  yield* parts.splice(0);
  if (parser.problem !== undefined) throw damaged(file, parser);
  if (!parser.hasEnded) throw endsEarly(file);
}

/** The parser of the tar package, which tells synchronously what it finds in what it is given. */
class TarParser {
  hasEnded = false;
  hasMembers = false;
  problem: string | undefined;
  readonly #parser = new Parser({ strict: true, brotli: false, zstd: false });

  constructor(parts: TarPart[]) {
    const tell = (entry: ReadEntry) => {
      this.hasMembers = true;
      parts.push(describe(entry));
      entry.on('data', (data) => parts.push(data));
    };
    this.#parser.on('entry', tell);
    this.#parser.on('ignoredEntry', tell);
    this.#parser.on('eof', () => {
      this.hasEnded = true;
    });
    this.#parser.on('error', (error: unknown) => this.#complain(error));
  }

  write(chunk: Uint8Array): void {
    this.#attempt(() => this.#parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)));
  }

  end(): void {
    this.#attempt(() => this.#parser.end());
  }

  #attempt(act: () => unknown): void {
    try {
      act();
    } catch (error) {
      this.#complain(error);
    }
  }

  #complain(error: unknown): void {
    this.problem ??= messageOf(error);
  }
}

const kinds: Readonly<Partial<Record<ReadEntry['type'], MemberKind>>> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Directory: 'folder',
  SymbolicLink: 'symlink',
  Link: 'hard-link',
};

function describe({ path, type, ignore, size, mode, mtime, linkpath }: ReadEntry): ArchiveMember {
  const modified = mtime?.getTime();
  return {
    name: path,
    kind: ignore ? 'other' : (kinds[type] ?? 'other'),
    size,
    mode: mode ?? 0o644,
    modified: modified === undefined || Number.isNaN(modified) ? 0 : modified,
    target: linkpath ?? '',
  };
}

/** The first chunk holds a whole block, by which it is known what this is. */
async function* inBlocks(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  let first: Uint8Array = new Uint8Array();
  let isChecked = false;
  for await (const chunk of bytes) {
    if (isChecked) {
      yield chunk;
      continue;
    }
    first = Buffer.concat([first, chunk]);
    if (first.length < blockSize) continue;
    if (findCompression(first) !== undefined) throw notAnArchive(file);
    isChecked = true;
    yield first;
  }
  if (!isChecked) throw notAnArchive(file);
}

function damaged(file: string, { hasMembers, problem }: TarParser): KmodsmithError {
  if (!hasMembers) return notAnArchive(file);
  return new KmodsmithError('ARCHIVE_INVALID', `${file} is damaged: ${problem}`, {
    hint: 'Get the archive again.',
  });
}

function endsEarly(file: string): KmodsmithError {
  return new KmodsmithError('ARCHIVE_INVALID', `${file} is damaged: it ends before the archive does`, {
    hint: 'Get the archive again.',
  });
}

function notAnArchive(file: string): KmodsmithError {
  return new KmodsmithError('NOT_AN_ARCHIVE', `${file} is no tar archive`, {
    hint: "Give an archive that 'dkms mktarball' or 'kmodsmith export' made, or one that holds a module's source.",
  });
}
