/** Longest file name; longest path, which leaves room for the folder that it is unpacked into; in bytes (limits.h). */
const fileNameLimit = 255;
const pathLimit = 3500;

/** What an archive says of one of its members, before anybody believes it. */
export interface ArchiveMember {
  /** As it is written in the archive. */
  readonly name: string;
  readonly kind: MemberKind;
  /** Bytes. */
  readonly size: number;
  /** Permission bits, set-user-id and its like included. */
  readonly mode: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** Where a link leads, as it is written. */
  readonly target: string;
}

/** `other`: a device, a FIFO, a sparse file, or what only backups hold. */
export type MemberKind = 'file' | 'folder' | 'symlink' | 'hard-link' | 'other';

/** A member that may be unpacked; `path` is relative to the folder that it is unpacked into, empty for that itself. */
export interface AdmittedMember extends ArchiveMember {
  readonly path: string;
  /** For a hard link: the path of the file that was unpacked before. */
  readonly original: string;
}

/**
 * Judges the members of one archive in their order. What it admits stays below the folder that it is unpacked into: names
 * have no `..`, no member is below a file or a link, and links lead to what is beside or below them.
 */
export class MemberGuard {
  readonly #known = new Map<string, MemberKind>();

  /** The member, or why it is not safe to unpack; the reason is a clause that follows the member's name. */
  admit(member: ArchiveMember): AdmittedMember | string {
    const refusal = judgeName(member.name) ?? judgeKind(member);
    if (refusal !== undefined) return refusal;
    const path = tidyPath(member.name);
    const original = tidyPath(member.target);
    const conflict = this.#findConflict(path, member.kind);
    if (conflict !== undefined) return conflict;
    if (member.kind === 'hard-link' && this.#known.get(original) !== 'file')
      return `is a hard link to ${quote(member.target)}, which is no file before it in the archive`;
    this.#remember(path, member.kind);
    return { ...member, path, original };
  }

  #findConflict(path: string, kind: MemberKind): string | undefined {
    if (path === '') return kind === 'folder' ? undefined : 'is the folder that it would be unpacked into';
    const above = parentsOf(path).find((parent) => (this.#known.get(parent) ?? 'folder') !== 'folder');
    if (above !== undefined) return `is below ${quote(above)}, which is no folder`;
    const earlier = this.#known.get(path);
    if (earlier === undefined || (earlier === 'folder' && kind === 'folder')) return undefined;
    return 'is there more than once';
  }

  #remember(path: string, kind: MemberKind): void {
    for (const parent of parentsOf(path)) this.#known.set(parent, 'folder');
    this.#known.set(path, kind === 'hard-link' ? 'file' : kind);
  }
}

/**
 * Whether a symlink at `path` stays below `floor`, both relative to the same folder. `..` counts only at the beginning of a
 * target and only up to the floor, so that no chain of links that each pass can leave it.
 */
export function staysBelow(floor: string, { path, target }: { path: string; target: string }): boolean {
  const names = components(target);
  const steps = names.findIndex((name) => name !== '..');
  const upwards = steps < 0 ? names.length : steps;
  const depth = components(path).length - components(floor).length - 1;
  return !target.startsWith('/') && upwards <= depth && !names.slice(upwards).includes('..');
}

/** A name from an archive as a message may show it. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}

function judgeName(name: string): string | undefined {
  if (name === '') return 'has no name';
  if (hasOddCharacters(name)) return 'has a name with control characters or bytes that are no UTF-8';
  if (name.startsWith('/')) return 'has an absolute path';
  if (components(name).includes('..')) return "has a path with '..'";
  if (byteLength(name) > pathLimit || components(name).some((part) => byteLength(part) > fileNameLimit))
    return 'has a name that is too long';
  return undefined;
}

function judgeKind({ name, kind, target }: ArchiveMember): string | undefined {
  if (kind === 'other') return 'is neither a file, a folder nor a link';
  if (kind !== 'symlink' && kind !== 'hard-link') return undefined;
  if (hasOddCharacters(target)) return 'is a link to a name with control characters';
  const isInside =
    kind === 'symlink' ? staysBelow('', { path: tidyPath(name), target }) : judgeName(target) === undefined;
  return isInside ? undefined : `is a link to ${quote(target)}, which may be outside the archive`;
}

/** U+FFFD is what bytes that are no UTF-8 are read as. */
function hasOddCharacters(text: string): boolean {
  return /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFFFD]/u.test(text);
}

function components(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function tidyPath(name: string): string {
  return components(name).join('/');
}

/** `a/b/c`: `a`, `a/b`. */
function parentsOf(path: string): string[] {
  const names = path.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
