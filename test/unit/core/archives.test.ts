import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recover } from '../../../src/apply/recover.ts';
import { loadArchive } from '../../../src/core/archive/load.ts';
import { openArchive } from '../../../src/core/archive/read.ts';
import { installRpm, isRpm } from '../../../src/core/archive/rpm.ts';
import { type ArchiveContent, writeArchive } from '../../../src/core/archive/write.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { identify, registerModule } from '../../../src/core/register.ts';
import { listBuilds } from '../../../src/core/tree.ts';
import { readerOf } from '../../support/reader-of.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { type TarMember, tarBytes } from '../../support/tar.ts';
import { addBuild, arch, makeMachine, release } from './machine.ts';

type Machine = ReturnType<typeof makeMachine>;

const build = `var/lib/dkms/foo/1.0/${release}/${arch}`;
const conf = 'PACKAGE_NAME=foo\nPACKAGE_VERSION=1.0\nBUILT_MODULE_NAME=foo\nDEST_MODULE_LOCATION=/updates\n';

describe('an archive of ours', () => {
  it('has the form that dkms gives it, and the same bytes whenever and wherever it is made', async () => {
    const machine = await builtMachine();
    const first = await pack(machine);
    const own = `var/lib/dkms/foo/1.0/tarball/foo-1.0-kernel${release}-${arch}.dkms.tar.gz`;
    expect(first.file).toBe(join(machine.scratch.path, own));
    expect(listing(first.file)).toEqual([
      'dkms_main_tree/',
      `dkms_main_tree/${release}/`,
      `dkms_main_tree/${release}/${arch}/`,
      `dkms_main_tree/${release}/${arch}/module/`,
      `dkms_main_tree/${release}/${arch}/module/foo.ko.xz`,
      `dkms_main_tree/${release}/${arch}/provenance.json`,
      'dkms_source_tree/',
      'dkms_source_tree/dkms.conf',
      'dkms_source_tree/foo.c',
    ]);
    const bytes = readFileSync(first.file);
    utimesSync(join(machine.scratch.path, build, 'module/foo.ko.xz'), 1, 1);
    const second = await pack(machine, { file: join(machine.scratch.path, 'elsewhere/copy.tar.gz') });
    expect(readFileSync(second.file).equals(bytes)).toBe(true);
    expect(verbose(second.file).every((line) => line.includes(' 0/0 '))).toBe(true);
    expect(readdirSync(join(machine.scratch.path, 'tmp'))).toEqual([]);
  });

  it('takes its time from SOURCE_DATE_EPOCH and its compression from its name', async () => {
    const machine = await builtMachine();
    for (const [name, program] of [
      ['a.tar.xz', 'xz'],
      ['b.tar.zst', 'zstd'],
      ['c.tar', undefined],
      ['d', undefined],
    ] as const) {
      const { file } = await pack(machine, { file: name, epoch: '1000000000' });
      expect(file).toBe(join(machine.scratch.path, 'var/lib/dkms/foo/1.0/tarball', name));
      expect(verbose(file).every((line) => line.includes('2001-09-09'))).toBe(true);
      if (program !== undefined) expect(spawnSync(program, ['-t', file]).status).toBe(0);
    }
  });

  it('holds the source alone, or the builds with no more than dkms.conf', async () => {
    const machine = await builtMachine();
    const source = await pack(machine, { content: 'source' });
    expect(source.file).toMatch(/\/foo-1\.0-source-only\.dkms\.tar\.gz$/);
    expect(listing(source.file)).toEqual([
      'dkms_main_tree/',
      'dkms_source_tree/',
      'dkms_source_tree/dkms.conf',
      'dkms_source_tree/foo.c',
    ]);
    const binaries = await pack(machine, { content: 'binaries' });
    const names = listing(binaries.file).filter((name) => name.startsWith('dkms_binaries_only/'));
    expect(names).toEqual(
      ['', 'PACKAGE_NAME', 'PACKAGE_VERSION', 'dkms.conf'].map((name) => `dkms_binaries_only/${name}`),
    );
    expect(member(binaries.file, 'dkms_binaries_only/PACKAGE_VERSION')).toBe('1.0\n');
  });

  it('has a short name for many kernels', async () => {
    const machine = await builtMachine();
    const kernels = Array.from({ length: 12 }, (_, index) => ({ release: `6.1.${index}-with-a-name`, arch }));
    for (const { release: name } of kernels)
      machine.scratch.folder(`var/lib/dkms/foo/1.0/${name}/${arch}/module`);
    const { file } = await pack(machine, { kernels });
    expect(file).toMatch(/\/foo-1\.0-manykernels\.dkms\.tar\.gz$/);
    await loadInto(makeMachineWithoutModule(), file);
  });

  it('is refused for a kernel without a build, into no folder, and in place of a folder', async () => {
    const machine = await builtMachine();
    const kernels = [
      { release, arch },
      { release: '6.13', arch },
    ];
    await expect(pack(machine, { kernels })).rejects.toMatchObject({ code: 'NOT_BUILT', dkmsStatus: 6 });
    const file = machine.scratch.write('a-file', '');
    for (const target of [`${file}/x.tar`, machine.scratch.folder('folder')])
      await expect(pack(machine, { file: target })).rejects.toMatchObject({
        code: 'FOLDER_UNWRITABLE',
        dkmsStatus: 9,
      });
  });

  it('that cannot be written leaves what was there', async () => {
    const machine = await builtMachine();
    const file = machine.scratch.write('keep.tar', 'precious');
    const attempt = pack(machine, { file, sourceFolder: join(machine.scratch.path, 'nowhere') });
    await expect(attempt).rejects.toMatchObject({ code: 'ARCHIVE_FAILED', dkmsStatus: 6 });
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect(readdirSync(machine.scratch.path)).not.toContainEqual(expect.stringMatching(/^\.kmodsmith/));
  });
});

describe('loading an archive', () => {
  it('brings source, builds and provenance, and what is installed elsewhere is not installed here', async () => {
    const { file } = await packed({ manifest: true });
    const other = makeMachineWithoutModule();
    const loaded = await loadInto(other, file);
    expect(loaded).toMatchObject({
      module: { name: 'foo', version: '1.0' },
      source: { state: 'copied' },
      builds: [{ release, arch, state: 'loaded' }],
      registered: false,
    });
    expect(other.files(build)).toEqual(['module', 'module/foo.ko.xz', 'provenance.json']);
    expect(other.files('usr/src/foo-1.0')).toEqual(['dkms.conf', 'foo.c']);
    expect(statSync(join(other.scratch.path, 'usr/src/foo-1.0')).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(other.scratch.path, 'var/lib/dkms/foo/1.0/source'))).toBe('/usr/src/foo-1.0');
    expect(other.files('tmp')).toEqual([]);
    // And out again, byte for byte.
    expect(
      readFileSync((await pack({ ...other, module: loaded.module })).file).equals(readFileSync(file)),
    ).toBe(true);
  });

  it('refuses a module that is registered, and with force replaces source and builds but not the manifest', async () => {
    const { file } = await packed();
    const other = makeMachineWithoutModule();
    await loadInto(other, file);
    await expect(loadInto(other, file)).rejects.toMatchObject({ code: 'ARCHIVE_KNOWN', dkmsStatus: 8 });
    other.scratch.write('usr/src/foo-1.0/foo.c', 'int mine;');
    other.scratch.write(`${build}/module/foo.ko.xz`, 'mine');
    other.scratch.write(`${build}/manifest.json`, 'mine');
    const again = await loadInto(other, file, { force: true });
    expect(again).toMatchObject({
      registered: true,
      source: { state: 'replaced' },
      builds: [{ state: 'replaced' }],
    });
    expect(other.read('usr/src/foo-1.0/foo.c')).toBe('int x;\n');
    expect(other.read(`${build}/module/foo.ko.xz`)).toBe('built');
    expect(other.read(`${build}/manifest.json`)).toBe('mine');
    expect(other.files('usr/src').filter((name) => name.includes('kmodsmith'))).toEqual([]);
  });

  it('keeps builds that are there, and another source aside, when nobody has registered them', async () => {
    const { file } = await packed();
    const other = makeMachineWithoutModule();
    other.scratch.write(`${build}/module/foo.ko.xz`, 'mine');
    other.scratch.write('usr/src/foo-1.0/mine.c', 'int mine;');
    const loaded = await loadInto(other, file);
    expect(loaded).toMatchObject({ source: { state: 'kept' }, builds: [{ state: 'skipped' }] });
    expect(other.read(`${build}/module/foo.ko.xz`)).toBe('mine');
    expect(other.files('usr/src/foo-1.0')).toEqual(['dkms.conf', 'foo.c']);
    expect(readdirSync(loaded.source.earlier ?? '')).toEqual(['mine.c']);
  });

  it('changes nothing when it only says what it would do', async () => {
    const { file } = await packed();
    const other = makeMachineWithoutModule();
    const before = other.files('');
    await expect(loadInto(other, file, { dryRun: true })).resolves.toMatchObject({
      source: { state: 'copied' },
      builds: [{ state: 'loaded' }],
    });
    expect(other.files('')).toEqual(before);
  });

  it('makes a module of builds alone, which a source can follow', async () => {
    const { file, machine } = await packed({ content: 'binaries' });
    const other = makeMachineWithoutModule();
    await expect(loadInto(other, file)).resolves.toMatchObject({
      kind: 'binaries',
      source: { state: 'copied' },
    });
    expect(await listBuilds(other.layout, machine.module)).toHaveLength(1);
    expect(other.files('usr/src/foo-1.0')).toEqual(['dkms.conf']);
    const whole = await pack(machine, { file: 'whole.tar' });
    await expect(loadInto(other, whole.file, { force: true })).resolves.toMatchObject({
      builds: [{ state: 'replaced' }],
    });
    expect(other.files('usr/src/foo-1.0')).toEqual(['dkms.conf', 'foo.c']);
    await expect(loadInto(other, file, { force: true })).resolves.toMatchObject({
      source: { state: 'present' },
    });
    expect(other.files('usr/src/foo-1.0')).toEqual(['dkms.conf', 'foo.c']);
  });

  it('mends what dkms makes of builds alone: a folder in place of the link', async () => {
    const { file } = await packed({ content: 'binaries' });
    const other = makeMachineWithoutModule();
    other.scratch.write('var/lib/dkms/foo/1.0/source/dkms.conf', conf);
    await expect(loadInto(other, file)).rejects.toMatchObject({ code: 'ARCHIVE_KNOWN' });
    await loadInto(other, file, { force: true });
    expect(readlinkSync(join(other.scratch.path, 'var/lib/dkms/foo/1.0/source'))).toBe('/usr/src/foo-1.0');
  });

  it('takes any archive with a source for one, wherever in it that is, and never over another one', async () => {
    const other = makeMachineWithoutModule();
    const file = other.archive([
      { name: 'foo-master/src/old/dkms.conf', content: 'PACKAGE_NAME=old\nPACKAGE_VERSION=0\n' },
      { name: 'foo-master/dkms.conf', content: conf },
      { name: 'foo-master/foo.c', content: 'int x;\n' },
    ]);
    other.scratch.write('usr/src/foo-1.0/other.c', '');
    await expect(loadInto(other, file)).rejects.toMatchObject({ code: 'MODULE_MISMATCH' });
    await expect(loadInto(other, file, { force: true })).resolves.toMatchObject({
      kind: 'source',
      source: { state: 'replaced' },
    });
    expect(other.files('usr/src/foo-1.0')).toEqual([
      'dkms.conf',
      'foo.c',
      'src',
      'src/old',
      'src/old/dkms.conf',
    ]);
    await expect(loadInto(other, file)).rejects.toMatchObject({ code: 'MODULE_KNOWN', dkmsStatus: 3 });
    await expect(loadInto(other, file, { force: true })).resolves.toMatchObject({
      source: { state: 'same' },
    });
  });
});

describe('an archive that is no module', () => {
  const cases: readonly [string, readonly TarMember[], string, number][] = [
    ['no dkms.conf', [{ name: 'foo.c' }], 'NOT_AN_ARCHIVE', 3],
    ['a main tree alone', [{ name: 'dkms_main_tree/', type: '5' }], 'ARCHIVE_INVALID', 7],
    [
      'a kernel with a bad name',
      [...whole(), { name: 'dkms_main_tree/-x/x86_64/module/foo.ko' }],
      'ARCHIVE_INVALID',
      7,
    ],
    [
      'a kernel that is the link of the source',
      [...whole(), { name: 'dkms_main_tree/source/x86_64/module/foo.ko' }],
      'ARCHIVE_INVALID',
      7,
    ],
    [
      'an architecture with a dot in front',
      [...whole(), { name: 'dkms_main_tree/6.1/.x/module/foo.ko' }],
      'ARCHIVE_INVALID',
      7,
    ],
    [
      'a build without modules',
      [...whole(), { name: 'dkms_main_tree/6.1/x86_64/log/make.log' }],
      'ARCHIVE_INVALID',
      7,
    ],
    ['a name that leads elsewhere', whole('PACKAGE_NAME=../../etc\nPACKAGE_VERSION=1\n'), 'CONF_INVALID', 8],
    ['no version', whole('PACKAGE_NAME=foo\n'), 'CONF_INVALID', 8],
    [
      'a link from one part to another',
      [...whole(), { name: 'dkms_source_tree/l', type: '2', target: '../dkms_main_tree' }],
      'ARCHIVE_UNSAFE',
      7,
    ],
    [
      'a part that is a link',
      [
        ...whole().filter(({ name }) => name !== 'dkms_main_tree/'),
        { name: 'x/6.1/a/module/m.ko' },
        { name: 'dkms_main_tree', type: '2', target: 'x' },
      ],
      'ARCHIVE_UNSAFE',
      7,
    ],
  ];

  it.each(cases)('places nothing: %s', async (_, members, code, dkmsStatus) => {
    const other = makeMachineWithoutModule();
    const file = other.archive(members);
    const before = other.files('');
    await expect(loadInto(other, file)).rejects.toMatchObject({ code, dkmsStatus });
    expect(other.files('')).toEqual(before);
  });

  it('is no file', async () => {
    const other = makeMachineWithoutModule();
    await expect(loadInto(other, '')).rejects.toMatchObject({ code: 'FILE_MISSING', dkmsStatus: 2 });
    await expect(loadInto(other, '/no/such.tar')).rejects.toMatchObject({ code: 'FILE_MISSING' });
    await expect(loadInto(other, other.scratch.path)).rejects.toMatchObject({ code: 'NOT_AN_ARCHIVE' });
    await expect(loadInto(other, other.scratch.fifo('fifo'))).rejects.toMatchObject({
      code: 'NOT_AN_ARCHIVE',
    });
  });

  it('is a package that rpm does not install', async () => {
    expect([isRpm('a.rpm'), isRpm('a.rpm.tar.gz')]).toEqual([true, false]);
    await expect(installRpm('/no/such.rpm')).rejects.toMatchObject({ code: 'RPM_FAILED', dkmsStatus: 9 });
  });
});

describe('a run that died while it placed a source', () => {
  it('is undone or ended by the next one', async () => {
    const { scratch, layout } = makeMachine();
    scratch.write('usr/src/foo-1.0.kmodsmith-new/half', '');
    scratch.write('usr/src/bar-1.0.kmodsmith-old/dkms.conf', 'bar');
    scratch.write('usr/src/baz-1.0.kmodsmith-keep/dkms.conf', 'baz');
    scratch.write('usr/src/baz-1.0/dkms.conf', 'new');
    await recover(layout);
    const names = readdirSync(join(scratch.path, 'usr/src')).filter((name) => !name.startsWith('linux'));
    expect(names.sort()).toEqual(['bar-1.0', 'baz-1.0', 'baz-1.0.kmodsmith-replaced', 'foo-1.0']);
  });
});

function whole(text = conf): TarMember[] {
  return [
    { name: 'dkms_main_tree/', type: '5' },
    { name: 'dkms_source_tree/dkms.conf', content: text },
  ];
}

async function builtMachine(): Promise<Machine> {
  const machine = makeMachine();
  machine.scratch.folder('tmp');
  await addBuild(machine);
  return machine;
}

async function packed({ manifest = false, content = 'all' as ArchiveContent } = {}) {
  const machine = await builtMachine();
  if (manifest) machine.scratch.write(`${build}/manifest.json`, '{"version":1,"build":1000,"files":[]}');
  return { machine, ...(await pack(machine, { content })) };
}

function pack(
  { scratch, layout, module }: Machine,
  options: Partial<Parameters<typeof writeArchive>[0]> = {},
) {
  const sourceFolder = join(scratch.path, 'usr/src/foo-1.0');
  return writeArchive({
    ...{ layout, module, sourceFolder, content: 'all', kernels: [{ release, arch }] },
    conf: join(sourceFolder, 'dkms.conf'),
    temporaryFolder: join(scratch.path, 'tmp'),
    ...options,
  });
}

function makeMachineWithoutModule() {
  const scratch = makeScratchFolder();
  scratch.folder('tmp');
  scratch.folder('var/lib/dkms');
  scratch.folder('usr/src');
  const within = (path: string) => join(scratch.path, path);
  return {
    scratch,
    layout: layoutOf(scratch.path),
    read: (path: string) => readFileSync(within(path), 'utf8'),
    files: (path: string) => readdirSync(within(path), { recursive: true }).map(String).sort(),
    archive: (members: readonly TarMember[]) => scratch.write('archive.tar', tarBytes(members)),
  };
}

async function loadInto(
  { scratch, layout }: Pick<Machine, 'scratch' | 'layout'>,
  file: string,
  { force = false, dryRun = false } = {},
) {
  await using archive = await openArchive({ file, temporaryFolder: join(scratch.path, 'tmp') });
  const loaded = await loadArchive({
    ...{ layout, archive, force, dryRun },
    identify: (folder) => identify(readerOf(layout), folder, release),
  });
  if (!dryRun) await registerModule(readerOf(layout), { module: loaded.module }, release);
  return loaded;
}

function listing(file: string): string[] {
  return spawnSync('tar', ['-tf', file], { encoding: 'utf8' }).stdout.trim().split('\n');
}

function verbose(file: string): string[] {
  return spawnSync('tar', ['-tvf', file, '--numeric-owner'], { encoding: 'utf8' }).stdout.trim().split('\n');
}

function member(file: string, name: string): string {
  return spawnSync('tar', ['-xOf', file, name], { encoding: 'utf8' }).stdout;
}
