import { dirname, join } from 'node:path';
import { KmodsmithError, messageOf } from '../../errors.ts';
import { type AdmittedMember, type ArchiveMember, MemberGuard, quote } from '../../formats/archive-member.ts';
import { readDecompressed } from '../../system/decompress.ts';
import { makeFolder } from '../../system/files.ts';
import {
  linkFile,
  makeFile,
  makeFolderWithMode,
  makeSymlink,
  type NewFile,
} from '../../system/unpacked-files.ts';
import { readTar } from './tar-members.ts';

/** How much an archive may unpack to. */
export interface UnpackLimits {
  readonly members: number;
  /** Bytes of the decompressed archive, headers included. */
  readonly bytes: number;
}

/** Ten times what the largest package known, with debug information for twenty kernels, comes to. */
const generousLimits: UnpackLimits = { members: 200_000, bytes: 8 * 2 ** 30 };

export interface Unpacked {
  /** The symlinks that the archive holds. */
  readonly links: readonly AdmittedMember[];
}

/**
 * Unpacks an archive into an empty folder of ours, and nothing anywhere else: each member is judged before it is written, files
 * are only ever made where none is, and symlinks come last, so that nothing is written through one. Owners, set-user-id bits
 * and what lets others write are dropped. What it has written before it throws is the caller's to remove.
 * @throws KmodsmithError ARCHIVE_UNSAFE naming the member, NOT_AN_ARCHIVE, ARCHIVE_INVALID, COMMAND_FAILED, WRITE_FAILED.
 */
export async function unpackArchive(
  file: string,
  folder: string,
  limits: UnpackLimits = generousLimits,
): Promise<Unpacked> {
  const unpacking = new Unpacking(file, folder, limits);
  try {
    for await (const part of readTar(limited(readDecompressed(file), file, limits.bytes), file)) {
      await (part instanceof Uint8Array ? unpacking.goOn(part) : unpacking.begin(part));
    }
  } finally {
    await unpacking.close();
  }
  await unpacking.makeLinks();
  return unpacking;
}

class Unpacking implements Unpacked {
  readonly links: AdmittedMember[] = [];
  readonly #guard = new MemberGuard();
  readonly #file: string;
  readonly #folder: string;
  readonly #limits: UnpackLimits;
  #members = 0;
  #open: { readonly member: AdmittedMember; readonly target: NewFile } | undefined;

  constructor(file: string, folder: string, limits: UnpackLimits) {
    this.#file = file;
    this.#folder = folder;
    this.#limits = limits;
  }

  async begin(part: ArchiveMember): Promise<void> {
    await this.close();
    if (++this.#members > this.#limits.members)
      throw tooLarge(this.#file, `more than ${this.#limits.members} members`);
    const member = this.#guard.admit(part);
    if (typeof member === 'string') throw unsafe(this.#file, part.name, member);
    if (member.kind === 'symlink') this.links.push(member);
    const target = await this.#naming(member, () => makeMember(member, this.#folder));
    if (target !== undefined) this.#open = { member, target };
  }

  async goOn(bytes: Uint8Array): Promise<void> {
    const open = this.#open;
    if (open !== undefined) await this.#naming(open.member, () => open.target.write(bytes));
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.target.close(open.member.modified);
  }

  async makeLinks(): Promise<void> {
    for (const member of this.links) {
      const path = join(this.#folder, member.path);
      await this.#naming(member, () =>
        makeFolder(dirname(path)).then(() => makeSymlink(member.target, path)),
      );
    }
  }

  async #naming<T>({ name }: AdmittedMember, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (cause) {
      const message = `${this.#file}: ${quote(name)} cannot be unpacked: ${messageOf(cause)}`;
      const hint = 'Set TMPDIR, or tmp_location in /etc/dkms/framework.conf, to a folder with room.';
      throw new KmodsmithError('WRITE_FAILED', message, { cause, hint });
    }
  }
}

/** Makes what the member is; for a file its content is still to be written, and links to names come last. */
async function makeMember(member: AdmittedMember, folder: string): Promise<NewFile | undefined> {
  const path = join(folder, member.path);
  const mode = member.mode & 0o755;
  if (member.kind === 'folder' && member.path !== '') await makeFolderWithMode(path, mode | 0o700);
  if (member.kind === 'hard-link' || member.kind === 'file') await makeFolder(dirname(path));
  if (member.kind === 'hard-link') await linkFile(join(folder, member.original), path);
  return member.kind === 'file' ? makeFile(path, mode | 0o400) : undefined;
}

/** Counts what comes out of the decompressor, not what the headers promise: nobody has to believe those. */
async function* limited(bytes: AsyncIterable<Uint8Array>, file: string, limit: number) {
  let count = 0;
  for await (const chunk of bytes) {
    count += chunk.length;
    if (count > limit) throw tooLarge(file, `more than ${limit} bytes`);
    yield chunk;
  }
}

function unsafe(file: string, name: string, why: string): KmodsmithError {
  return new KmodsmithError('ARCHIVE_UNSAFE', `${file} is not safe to unpack: ${quote(name)} ${why}`, {
    hint: 'Nothing was loaded. Get the archive from whoever made it, or make it anew.',
  });
}

function tooLarge(file: string, what: string): KmodsmithError {
  return new KmodsmithError('ARCHIVE_UNSAFE', `${file} is not safe to unpack: it holds ${what}`, {
    hint: "Nothing was loaded. If it really is a module's, unpack it by hand and add the folder.",
  });
}
