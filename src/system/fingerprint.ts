import { createHash, hash } from 'node:crypto';
import {
  closeSync,
  constants,
  type Dirent,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { now } from './clock.ts';
import { noteLook } from './looks.ts';
import { statsOf } from './stats.ts';

/** A file's content and the stat fields by which an unchanged file is known without reading it. */
export interface Fingerprint {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly inode: number;
  /** Milliseconds since the epoch, with fractions. */
  readonly modified: number;
  readonly changed: number;
}

/**
 * Fingerprints of many files, each read at most once in the life of this object. Synchronous on purpose: a module
 * reads some 800 small headers, and the thread pool costs more than the reads.
 */
export class Fingerprints {
  readonly #known = new Map<string, Fingerprint | undefined>();
  readonly #stats = new Map<string, Stats | undefined>();
  readonly #folders = new Map<string, string>();

  /** Undefined for what is not a readable regular file. */
  of(path: string): Fingerprint | undefined {
    if (!this.#known.has(path)) this.#known.set(path, fingerprint(path));
    return this.#known.get(path);
  }

  /** Whether the file still has the content of `recorded`; hashes it only when its stat fields differ. */
  isSame(path: string, recorded: Fingerprint): boolean {
    if (!this.#known.has(path) && sameStat(this.#stat(path), recorded)) return true;
    return this.of(path)?.sha256 === recorded.sha256;
  }

  /** As `modificationDigest`: a kernel's headers are 20,000 files, and serve many modules. */
  ofFolder(path: string): string {
    const digest = this.#folders.get(path) ?? modificationDigest(path);
    this.#folders.set(path, digest);
    return digest;
  }

  /** As `contentDigest`. */
  contentOfFolder(path: string): string {
    return contentDigest(path, this.ofFolder(path));
  }

  #stat(path: string): Stats | undefined {
    if (!this.#stats.has(path)) this.#stats.set(path, fileStats(path));
    return this.#stats.get(path);
  }
}

function fingerprint(path: string): Fingerprint | undefined {
  const info = fileStats(path);
  if (info === undefined) return undefined;
  const { size, ino: inode, mtimeMs: modified, ctimeMs: changed } = info;
  const known = hashed.get(path);
  if (known !== undefined && sameStat(info, known)) return known;
  const readAt = now();
  try {
    const found = { sha256: sha256OfFile(path, size), size, inode, modified, changed };
    if (readAt - changed > settledAfter) hashed.set(path, found);
    return found;
  } catch {
    return undefined;
  }
}

/** Of this run: every module that is built reads nearly the same 600 headers. */
const hashed = new Map<string, Fingerprint>();

/** Milliseconds. A file that has just changed may change again without another time to show for it. */
const settledAfter = 2000;

/** Nearly all of a kernel's 20,000 headers are smaller, and read by one call into memory that is there. */
const chunk = Buffer.allocUnsafeSlow(128 * 1024);

/** Of a file that had `size` bytes. */
function sha256OfFile(path: string, size: number): string {
  // A few regular files of procfs and tracefs make their readers wait for more.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const read = size > 0 && size < chunk.length ? readSync(file, chunk, 0, chunk.length, 0) : undefined;
    return sha256(read === size ? chunk.subarray(0, size) : readFileSync(file));
  } finally {
    closeSync(file);
  }
}

/** Of a regular file; undefined for what is none or cannot be reached. */
function fileStats(path: string): Stats | undefined {
  const info = statsOf(path);
  return info?.isFile() ? info : undefined;
}

function sameStat(info: Stats | undefined, recorded: Fingerprint): boolean {
  return (
    info !== undefined &&
    info.size === recorded.size &&
    info.ino === recorded.inode &&
    info.mtimeMs === recorded.modified &&
    info.ctimeMs === recorded.changed
  );
}

export function sha256(content: string | Uint8Array): string {
  return hash('sha256', content);
}

/**
 * The regular files (and symlinks to such) below a folder, as sorted paths relative to it; only those whose names are
 * wanted. Folder links are not followed.
 */
export function filesBelow(folder: string, isWanted: (name: string) => boolean = () => true): string[] {
  const found: string[] = [];
  const visit = (below: string, prefix: string) => {
    for (const entry of entriesOf(join(folder, below))) {
      const path = `${prefix}${entry.name}`;
      if (entry.isDirectory()) visit(path, `${path}/`);
      else if ((entry.isFile() || entry.isSymbolicLink()) && isWanted(entry.name)) found.push(path);
    }
  };
  visit('', '');
  return found.sort();
}

/** The names of the regular files (and symlinks to such) directly in a folder, sorted. */
export function filesIn(folder: string): string[] {
  return entriesOf(folder)
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/**
 * A digest of the names, sizes and times of all files below a folder: far cheaper than their content. Without inode
 * numbers, which overlay file systems do not keep from one mount to the next.
 */
export function statDigest(folder: string): string {
  return digestStats(folder, ({ size, mtimeMs, ctimeMs }) => `${size}\0${mtimeMs}\0${ctimeMs}`);
}

/** As `statDigest`, but laying down the same files again changes nothing: package managers keep modification times. */
function modificationDigest(folder: string): string {
  return digestStats(folder, ({ size, mtimeMs }) => `${size}\0${mtimeMs}`);
}

/** Of this run, by their folder and what its files look like. */
const contents = new Map<string, string>();

/** A digest of the names and contents of all files below a folder, which has this `modificationDigest`. */
function contentDigest(folder: string, modified: string): string {
  const key = `${folder}\0${modified}`;
  const known = contents.get(key);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  for (const path of filesBelow(folder)) hash.update(`${path}\0${contentOf(join(folder, path))}\n`);
  const digest = hash.digest('hex');
  contents.set(key, digest);
  return digest;
}

function contentOf(path: string): string {
  const info = fileStats(path);
  if (info === undefined) return '';
  try {
    return sha256OfFile(path, info.size);
  } catch {
    return '';
  }
}

function digestStats(folder: string, describe: (info: Stats) => string): string {
  const hash = createHash('sha256');
  for (const path of filesBelow(folder)) {
    const info = fileStats(join(folder, path));
    hash.update(`${path}\0${info === undefined ? '' : describe(info)}\n`);
  }
  return hash.digest('hex');
}

function entriesOf(folder: string): Dirent[] {
  noteLook(folder);
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
