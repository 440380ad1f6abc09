import { lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { loadArchive } from '../../src/core/archive/load.ts';
import { openArchive } from '../../src/core/archive/read.ts';
import { layoutOf } from '../../src/core/layout.ts';
import { KmodsmithError } from '../../src/errors.ts';
import { listBelow } from './list-below.ts';
import { type TarMember, tarBytes } from './tar.ts';

const releases = [
  '6.1',
  '6.2-x',
  'source',
  'build',
  'tarball',
  'rpm',
  '-k',
  '.hidden',
  '..',
  'a b',
  'kernel-6.1-x86_64',
];
const arches = ['x86_64', 'aarch64', '.tmp_x86_64', '..', 'source', 'b\nc'];
const files = [
  'module/m.ko',
  'module/m.ko.xz',
  'log/make.log',
  'provenance.json',
  'manifest.json',
  'module',
  '.dep_x',
];
const targets = [
  'm.ko',
  '..',
  '../..',
  '../../..',
  '../x86_64',
  '/etc/passwd',
  '../../../dkms_source_tree',
  'nowhere',
];

const below = (folder: string, ...lists: readonly (readonly string[])[]) =>
  fc.tuple(...lists.map((list) => fc.constantFrom(...list))).map((names) => [folder, ...names].join('/'));

/** Mostly what belongs there, so that much of it comes through. */
const good = below(
  'dkms_main_tree',
  ['6.1', '6.2-x', '6.3'],
  ['x86_64'],
  ['module/m.ko', 'module/n.ko', 'log/make.log'],
);
const odd = fc.oneof(
  below('dkms_main_tree', releases, arches, files),
  below('dkms_main_tree', releases),
  below('dkms_source_tree', ['m.c', 'l', 'd/l', 'dkms.conf']),
  below('dkms_binaries_only', ['dkms.conf', 'x', 'PACKAGE_NAME']),
  fc.constantFrom('dkms_main_tree', 'dkms_source_tree', 'foo/dkms.conf', 'dkms.conf'),
);

const file: fc.Arbitrary<TarMember> = fc.record({
  name: fc.oneof({ arbitrary: good, weight: 4 }, { arbitrary: odd, weight: 1 }),
  content: fc.constantFrom('', '{}', '{"version":1}', 'x'),
});
const link: fc.Arbitrary<TarMember> = fc.record({
  name: fc.oneof(good, odd),
  type: fc.constantFrom('2', '2', '1'),
  target: fc.constantFrom(...targets),
});

const beginnings: readonly (readonly TarMember[])[] = [
  [
    { name: 'dkms_main_tree/', type: '5' },
    { name: 'dkms_source_tree/dkms.conf' },
    { name: 'dkms_main_tree/6.1/x86_64/module/', type: '5' },
  ],
  [{ name: 'dkms_main_tree/', type: '5' }, { name: 'dkms_binaries_only/dkms.conf' }],
  [{ name: 'foo/dkms.conf' }],
  [],
];

/** Archives in the form of mktarball, with kernels, architectures, links and files that should not be. */
export const hostileModule: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.constantFrom(...beginnings),
    fc.array(fc.oneof({ arbitrary: file, weight: 4 }, { arbitrary: link, weight: 1 }), { maxLength: 4 }),
  )
  .map(([beginning, members]) => tarBytes([...beginning, ...members]));

const module = { name: 'toy', version: '1.0' };
const mine = ['usr/src/toy-1.0', 'usr/src/toy-1.0.kmodsmith-replaced', 'var/lib/dkms/toy/1.0'];
const refusals = ['ARCHIVE_UNSAFE', 'ARCHIVE_INVALID', 'NOT_AN_ARCHIVE', 'MODULE_MISMATCH'];

/** A system in which archives are loaded one after the other, with other modules that must not change. */
export function makeLoadingSite() {
  const memory = '/dev/shm';
  const base = readdirSync('/dev').includes('shm') ? memory : tmpdir();
  const path = realpathSync(mkdtempSync(join(base, 'kmodsmith-modules-')));
  for (const folder of ['tmp', 'usr/src', 'var/lib/dkms/other/1.0', 'etc'])
    mkdirSync(join(path, folder), { recursive: true });
  for (const name of ['etc/passwd', 'usr/src/m.ko', 'var/lib/dkms/other/1.0/file'])
    writeFileSync(join(path, name), 'precious');
  const archivePath = join(path, 'archive');
  writeFileSync(archivePath, '');
  const isMine = (name: string) =>
    mine.some((folder) => `${name}/`.startsWith(`${folder}/`) || folder.startsWith(`${name}/`));
  const others = () =>
    listBelow(path)
      .filter((name) => !isMine(name))
      .sort()
      .join('\n');
  const before = others();
  return {
    /** Whether it was loaded; throws for anything that should never happen. */
    async load(bytes: Uint8Array, force: boolean): Promise<boolean> {
      writeFileSync(archivePath, bytes);
      // By force it comes over whatever the one before has left.
      if (!force) for (const folder of mine) rmSync(join(path, folder), { recursive: true, force: true });
      const accepted = await loadOne({ path, file: archivePath, force }).then(
        () => true,
        (error: unknown) => {
          if (error instanceof KmodsmithError && refusals.includes(error.code)) return false;
          throw error;
        },
      );
      if (others() !== before) throw new Error(`something came up elsewhere:\n${others()}`);
      for (const folder of partsOf(path)) checkPart(folder, folder);
      return accepted;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

async function loadOne({ path, file: archiveFile, force }: { path: string; file: string; force: boolean }) {
  await using archive = await openArchive({ file: archiveFile, temporaryFolder: join(path, 'tmp') });
  await loadArchive({ layout: layoutOf(path), archive, force, identify: async () => module });
}

/** What is placed by itself: the source, and each build. */
function partsOf(path: string): string[] {
  const tree = join(path, 'var/lib/dkms/toy/1.0');
  const builds = listed(tree).flatMap((release) =>
    listed(join(tree, release)).map((arch) => join(tree, release, arch)),
  );
  for (const build of builds)
    if (!/\/(6\.[0-9](-x)?|kernel-6\.1-x86_64)\/(x86_64|aarch64|source)$/.test(build))
      throw new Error(`${build} is no place for a build`);
  return [join(path, 'usr/src/toy-1.0'), ...builds];
}

function listed(folder: string): string[] {
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
}

function checkPart(folder: string, part: string): void {
  for (const entry of listed(folder)) {
    const path = join(folder, entry);
    const info = lstatSync(path);
    if (info.isDirectory()) checkPart(path, part);
    else if (!info.isSymbolicLink()) continue;
    else if (!`${resolved(path) ?? part}/`.startsWith(`${part}/`))
      throw new Error(`${path} leads out of ${part}`);
  }
}

function resolved(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
