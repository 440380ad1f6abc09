import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type Dirent, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import type { Entry, ObjectFacts } from '../scenario.ts';
import { fixtureTime } from './lay-down.ts';
import { objectFacts } from './object-facts.ts';

export type Snapshot = Map<string, Entry>;

const watched = ['/usr/lib/modules', '/usr/src', '/var/lib/dkms'];
/** The headers are large, and the index is looked at by what it says. */
const passedOver = /^\/usr\/src\/linux-|^\/usr\/lib\/modules\/[^/]+\/modules\.[a-z.]+$/;
const textBytes = 4096;
const kernelObject = /\.ko(\.\w+)?$/;

/** All that dkms could have changed. */
export function takeSnapshot(): Snapshot {
  const entries: Snapshot = new Map();
  const walk = (folder: string) => {
    for (const item of listing(folder)) {
      const path = `${folder}/${item.name}`;
      if (passedOver.test(path)) continue;
      entries.set(path, entryOf(path));
      if (item.isDirectory()) walk(path);
    }
  };
  watched.forEach(walk);
  return entries;
}

function listing(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** The facts of each kernel object that is new go into `objects`. */
export function changesBetween(
  before: Snapshot,
  after: Snapshot,
  objects: Record<string, ObjectFacts>,
): Record<string, Entry | null> {
  const changed = [...after]
    .filter(([path, entry]) => JSON.stringify(before.get(path)) !== JSON.stringify(entry))
    .map(([path, entry]) => [path, opened(path, entry, objects)] as const);
  const gone = [...before.keys()].filter((path) => !after.has(path)).map((path) => [path, null] as const);
  return Object.fromEntries([...changed, ...gone].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** A kernel object by what it is decompressed, anything else as it is. */
function opened(path: string, entry: Entry, objects: Record<string, ObjectFacts>): Entry {
  if (entry.kind !== 'file' || !kernelObject.test(path)) return entry;
  const content = decompressed(path);
  const hash = hashOf(content);
  objects[hash] ??= objectFacts(content);
  return { ...entry, hash };
}

function entryOf(path: string): Entry {
  const stats = lstatSync(path);
  const shared = { mode: (stats.mode & 0o7777).toString(8), owner: `${stats.uid}:${stats.gid}` };
  if (stats.isSymbolicLink()) return { kind: 'link', ...shared, target: readlinkSync(path) };
  if (stats.isDirectory()) return { kind: 'folder', ...shared };
  if (!stats.isFile()) return { kind: 'other', ...shared };
  return { kind: 'file', ...shared, ...contentOf(path, stats) };
}

function contentOf(path: string, stats: Stats): Pick<Entry, 'hash' | 'text' | 'members' | 'oldTime'> {
  if (/\.t(ar\.)?(gz|xz|bz2|zst)$|\.tar$/.test(path)) return { members: membersOf(path) };
  const content = readFileSync(path);
  if (kernelObject.test(path)) return { hash: hashOf(content) };
  const time = path.startsWith('/usr/src/') && { oldTime: stats.mtimeMs === fixtureTime.getTime() };
  const isText = content.length <= textBytes || path.endsWith('/make.log');
  return isText ? { text: content.toString(), ...time } : { hash: hashOf(content), ...time };
}

function hashOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

const decompressors = { gz: 'gzip', xz: 'xz', zst: 'zstd' };

/** Some fixtures are no real modules, and not what their names say. */
function decompressed(path: string): Buffer {
  const content = readFileSync(path);
  const suffix = /\.(gz|xz|zst)$/.exec(path)?.[1] as keyof typeof decompressors | undefined;
  if (suffix === undefined) return content;
  const unpacked = spawnSync(decompressors[suffix], ['-dcq'], { input: content });
  return unpacked.status === 0 ? unpacked.stdout : content;
}

function membersOf(path: string): string[] {
  const listed = spawnSync('tar', ['-tvf', path], { encoding: 'utf8' });
  if (listed.status !== 0) return ['no archive'];
  const fields = listed.stdout.matchAll(/^(\S+) \S+ +\d+ \S+ \S+ (.*)$/gm);
  return [...fields].map(([, mode, name]) => `${mode} ${name}`).sort();
}
