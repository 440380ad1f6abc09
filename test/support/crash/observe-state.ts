import { createHash } from 'node:crypto';
import {
  type Dirent,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { leftoverNames, ownFolders } from './leftovers.ts';

/** Of every path what has to be the same after any crash: content, without times and what follows from them. */
export type State = Readonly<Record<string, string>>;

/** Runs inside the root. History and logs tell what happened, so they differ. */
export function observeState(): State {
  const paths = ['/var/lib/dkms', '/var/lib/kmodsmith'].flatMap(entriesBelow);
  const own = paths.filter(
    (path) => !/^\/var\/lib\/kmodsmith\/(lock|history.*|(logs|settled)(\/.*)?)$/.test(path),
  );
  const state = Object.fromEntries(own.map((path) => [path, describe(path)]));
  for (const release of readdirSync('/lib/modules')) Object.assign(state, observeKernel(release));
  return state;
}

function observeKernel(release: string): State {
  const folder = `/lib/modules/${release}`;
  const index = join(folder, 'modules.dep');
  const binaries = ['modules.dep.bin', 'modules.alias.bin', 'modules.symbols.bin'].map((name) =>
    join(folder, name),
  );
  const hashes = binaries.map((path) => [path, existsSync(path) ? describe(path) : 'none']);
  const lines = existsSync(index) ? readFileSync(index, 'utf8').split('\n') : undefined;
  const updates = Object.fromEntries(
    entriesBelow(join(folder, 'updates')).map((path) => [path, describe(path)]),
  );
  return {
    ...Object.fromEntries(hashes),
    ...updates,
    [index]: lines?.filter((line) => line.startsWith('updates/')).join('\n') ?? 'none',
  };
}

/** Content hashes of all modules that depmod and modprobe could see. */
export function visibleModules(): State {
  const paths = entriesBelow('/lib/modules').filter((path) => /\/updates\/.*\.ko(\.\w+)?$/.test(path));
  return Object.fromEntries(paths.map((path) => [path, sha256(readFileSync(path))]));
}

/** What is left of work that was not brought to its end. */
export function leftovers(): string[] {
  return ownFolders.flatMap((folder) =>
    entriesBelow(folder === '/usr/src' ? '' : folder)
      .concat(folder === '/usr/src' ? readdirSync(folder).map((name) => join(folder, name)) : [])
      .filter((path) => leftoverNames.some((pattern) => pattern.test(basename(path)))),
  );
}

/** What a make of a killed engine still creates and deletes meanwhile may be missing. */
function entriesBelow(folder: string): string[] {
  return entriesOf(folder)
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [path, ...entriesBelow(path)] : [path];
    })
    .sort();
}

function entriesOf(folder: string): Dirent[] {
  try {
    return folder === '' ? [] : readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function describe(path: string): string {
  const link = linkTarget(path);
  if (link !== undefined) return `-> ${link}`;
  // Whoever opens one waits for a partner.
  if (lstatSync(path, { throwIfNoEntry: false })?.isFIFO()) return 'fifo';
  const content = contentOf(path);
  if (content === undefined) return 'folder';
  switch (basename(path)) {
    case 'make.log':
      return 'log';
    case 'manifest.json':
      return describeManifest(path, content);
    case 'provenance.json':
      return describeProvenance(content);
    default:
      return sha256(content);
  }
}

/** The build that it names is the one beside it, or the install did not come to its end. */
function describeManifest(path: string, content: Buffer): string {
  const { build, files } = JSON.parse(content.toString());
  const record = contentOf(join(dirname(path), 'provenance.json'));
  const isCurrent = record !== undefined && JSON.parse(record.toString()).startedAt === build;
  return JSON.stringify({ isCurrent, files });
}

function describeProvenance(content: Buffer): string {
  const { module, kernel, origin, outputs, dependencies, sources } = JSON.parse(content.toString());
  const hashes = sources.map(({ path, sha256: hash }: { path: string; sha256: string }) => [path, hash]);
  return JSON.stringify({ module, kernel, origin, outputs, dependencies, hashes });
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(realpathSync(path));
  } catch {
    return undefined;
  }
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
