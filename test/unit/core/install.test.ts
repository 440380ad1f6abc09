import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FailureDigests } from '../../../src/core/build/failures.ts';
import { restoreRetired, stagingName, swapIntoPlace } from '../../../src/core/build/swap.ts';
import { installModule } from '../../../src/core/install/install.ts';
import { deregisterModule, unbuildModule, uninstallModule } from '../../../src/core/install/uninstall.ts';
import type { BuildCoordinates } from '../../../src/core/layout.ts';
import { registerModule } from '../../../src/core/register.ts';
import { detectDistribution } from '../../../src/distros/index.ts';
import { readerOf } from '../../support/reader-of.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { addBuild, arch, makeMachine, release } from './machine.ts';

type Machine = ReturnType<typeof makeMachine>;

const debian = detectDistribution({ id: 'debian', idLike: [] });
const modules = `lib/modules/${release}`;
const target = `${modules}/updates/dkms/foo.ko.xz`;

function request(
  { layout, module }: Machine,
  options: { distribution?: typeof debian; destination?: string } = {},
) {
  const { distribution = debian, destination = '/updates' } = options;
  const objects = [{ index: 0, built: 'foo', name: 'foo', destination, strip: true }];
  const rules = { originals: 'overwritten-only', ownVersions: 'replace' } as const;
  return { layout, at: { module, release, arch }, objects, distribution, ...rules };
}

/** Without its dkms.conf, as the engine does when that cannot be read. */
function uninstall(layout: Machine['layout'], at: BuildCoordinates) {
  return uninstallModule({
    layout,
    at,
    placement: { distribution: debian, originals: 'overwritten-only', ownVersions: 'replace' },
  });
}

/** A machine on which a build of foo/1.0 is installed. */
async function installed() {
  const machine = makeMachine();
  await addBuild(machine);
  machine.scratch.write(`${modules}/kernel/fs/own.ko.xz`, 'the kernel package');
  await installModule(request(machine));
  const at = (path: string) => `${machine.scratch.path}/${path}`;
  return { ...machine, at, coordinates: { module: machine.module, release, arch } };
}

describe('install', () => {
  it('copies the modules, records them, and points the active link there', async () => {
    const { at } = await installed();
    expect(readFileSync(at(target), 'utf8')).toBe('built');
    expect(readlinkSync(at(`var/lib/dkms/foo/kernel-${release}-${arch}`))).toBe(`1.0/${release}/${arch}`);
    const manifest = JSON.parse(
      readFileSync(at(`var/lib/dkms/foo/1.0/${release}/${arch}/manifest.json`), 'utf8'),
    );
    expect(manifest).toMatchObject({ version: 1, build: 1000, files: [{ path: `/${target}`, size: 5 }] });
  });

  it('replaces a twin with another compression, and only a twin', async () => {
    const machine = await installed();
    for (const name of ['foo.ko', 'foo.ko.zst', 'foo_more.ko', 'foo.ko.bak'])
      machine.scratch.write(`${modules}/updates/dkms/${name}`, '');
    await installModule(request(machine));
    expect(readdirSync(machine.at(`${modules}/updates/dkms`))).toEqual([
      'foo.ko.bak',
      'foo.ko.xz',
      'foo_more.ko',
    ]);
  });

  it('takes over from another version, and drops what only that one had', async () => {
    const machine = await installed();
    const manifest = machine.at(`var/lib/dkms/foo/1.0/${release}/${arch}/manifest.json`);
    const document = JSON.parse(readFileSync(manifest, 'utf8'));
    const extra = { path: `/${modules}/extra/old/dropped.ko`, size: 0, sha256: '' };
    writeFileSync(manifest, JSON.stringify({ ...document, files: [...document.files, extra] }));
    machine.scratch.write(extra.path, '');
    machine.scratch.write(`var/lib/dkms/foo/2.0/${release}/${arch}/module/foo.ko.xz`, 'newer');
    await installModule(request({ ...machine, module: { name: 'foo', version: '2.0' } }));
    expect(readFileSync(machine.at(target), 'utf8')).toBe('newer');
    expect(existsSync(machine.at(`${modules}/extra`))).toBe(false);
    expect(existsSync(manifest)).toBe(false);
    await uninstall(machine.layout, machine.coordinates);
    expect(readFileSync(machine.at(target), 'utf8')).toBe('newer');
  });

  it("does not write over the kernel package's own module", async () => {
    const machine = await installed();
    machine.scratch.write(`${modules}/kernel/fs/foo.ko.xz`, 'the kernel package');
    const distribution = detectDistribution({ id: 'unknown', idLike: [] });
    await installModule(request(machine, { distribution, destination: '/kernel/fs' }));
    expect(readFileSync(machine.at(`${modules}/kernel/fs/foo.ko.xz`), 'utf8')).toBe('the kernel package');
    expect(readFileSync(machine.at(`${modules}/updates/foo.ko.xz`), 'utf8')).toBe('built');
  });

  it('of an incomplete build changes nothing', async () => {
    const machine = await installed();
    rmSync(machine.at(`var/lib/dkms/foo/1.0/${release}/${arch}/module/foo.ko.xz`));
    await expect(installModule(request(machine))).rejects.toMatchObject({ code: 'INSTALL_FAILED' });
    expect(readFileSync(machine.at(target), 'utf8')).toBe('built');
  });
});

describe('uninstall', () => {
  it.each<{ what: string; spoil: (at: (path: string) => string) => void }>([
    { what: 'as installed', spoil: () => undefined },
    { what: 'with a broken conf', spoil: (at) => writeFileSync(at('usr/src/foo-1.0/dkms.conf'), 'if') },
    {
      what: 'without source and registration',
      spoil: (at) => rmSync(at('usr/src/foo-1.0'), { recursive: true }),
    },
    {
      what: 'without a manifest, as dkms leaves it',
      spoil: (at) => rmSync(at(`var/lib/dkms/foo/1.0/${release}/${arch}/manifest.json`)),
    },
    { what: 'with the module gone already', spoil: (at) => rmSync(at(target)) },
    {
      what: 'with the active link gone already',
      spoil: (at) => rmSync(at(`var/lib/dkms/foo/kernel-${release}-${arch}`)),
    },
    {
      what: 'with a damaged manifest',
      spoil: (at) =>
        writeFileSync(at(`var/lib/dkms/foo/1.0/${release}/${arch}/manifest.json`), '{"version":1'),
    },
  ])('$what', async ({ spoil }) => {
    const { layout, coordinates, at } = await installed();
    spoil(at);
    await uninstall(layout, coordinates);
    await uninstall(layout, coordinates);
    expect(existsSync(at(`${modules}/updates`))).toBe(false);
    expect(readdirSync(at('var/lib/dkms/foo'))).toEqual(['1.0']);
    expect(readFileSync(at(`${modules}/kernel/fs/own.ko.xz`), 'utf8')).toBe('the kernel package');
    expect(readdirSync(at(modules))).toEqual(['build', 'kernel']);
  });

  it("keeps other people's files and the folders that hold them", async () => {
    const { layout, coordinates, at, scratch } = await installed();
    scratch.write(`${modules}/updates/dkms/bar.ko`, 'bar');
    await uninstall(layout, coordinates);
    expect(readdirSync(at(`${modules}/updates/dkms`))).toEqual(['bar.ko']);
  });

  it('deletes nothing outside of the kernel, whatever the manifest says', async () => {
    const { layout, coordinates, at, scratch } = await installed();
    const precious = ['etc/passwd', 'lib/modules/6.1/kernel/x.ko', `${modules}x/y.ko`];
    for (const path of precious) scratch.write(path, '');
    const paths = [...precious.map((path) => `/${path}`), `/${modules}/../6.1/kernel/x.ko`, `/${modules}`];
    const files = paths.map((path) => ({ path, size: 0, sha256: '' }));
    const manifest = at(`var/lib/dkms/foo/1.0/${release}/${arch}/manifest.json`);
    writeFileSync(manifest, JSON.stringify({ version: 1, build: 1000, files }));
    await uninstall(layout, coordinates);
    for (const path of [...precious, target]) expect(existsSync(at(path))).toBe(true);
  });
});

it('unbuild and deregister leave the source and nothing else', async () => {
  const { layout, coordinates, module, at } = await installed();
  await deregisterModule(layout, module);
  expect(readdirSync(at('var/lib/dkms/foo/1.0'))).toEqual([release, 'source']);
  await uninstall(layout, coordinates);
  await unbuildModule(layout, coordinates);
  expect(readdirSync(at('var/lib/dkms/foo/1.0'))).toEqual(['source']);
  await deregisterModule(layout, module);
  expect(readdirSync(at('var/lib/dkms'))).toEqual([]);
  expect(existsSync(at('usr/src/foo-1.0/dkms.conf'))).toBe(true);
});

describe('swap', () => {
  const names = (path: string) => readdirSync(path).sort();

  it('replaces a result and takes the manifest along', async () => {
    const scratch = makeScratchFolder();
    scratch.write('x86_64/old', '');
    scratch.write('x86_64/manifest.json', 'm');
    scratch.write('.tmp_x86_64_1/new', '');
    await swapIntoPlace(`${scratch.path}/.tmp_x86_64_1`, `${scratch.path}/x86_64`);
    expect(names(scratch.path)).toEqual(['x86_64']);
    expect(names(`${scratch.path}/x86_64`)).toEqual(['manifest.json', 'new']);
  });

  it.each<{ what: string; folders: string[]; kept: string }>([
    { what: 'before the first rename', folders: ['x86_64/old', '.tmp_x86_64_kmodsmith1/new'], kept: 'old' },
    {
      what: 'between the two renames',
      folders: ['.old_x86_64/old', '.tmp_x86_64_kmodsmith1/new'],
      kept: 'old',
    },
    { what: 'after the second rename', folders: ['.old_x86_64/old', 'x86_64/new'], kept: 'new' },
    {
      what: 'while staging',
      folders: ['x86_64/old', '.tmp_x86_64_kmodsmith1/new', '.tmp_x86_64_kmodsmith2/new'],
      kept: 'old',
    },
  ])('recovers from a crash $what', async ({ folders, kept }) => {
    const scratch = makeScratchFolder();
    for (const path of folders) scratch.write(path, '');
    await restoreRetired(scratch.path);
    expect(names(scratch.path)).toEqual(['x86_64']);
    expect(names(`${scratch.path}/x86_64`)).toEqual([kept]);
  });

  it('leaves alone what dkms is building, and knows what we name ourselves', async () => {
    const scratch = makeScratchFolder();
    scratch.write('.tmp_x86_64_AbCdEf/module', '');
    scratch.write(`${stagingName('x86_64')}/module`, '');
    await restoreRetired(scratch.path);
    expect(names(scratch.path)).toEqual(['.tmp_x86_64_AbCdEf']);
  });
});

describe('register', () => {
  it('links the source, again and again', async () => {
    const { scratch, layout, module } = makeMachine();
    rmSync(`${scratch.path}/var`, { recursive: true });
    for (let times = 0; times < 2; times++) await registerModule(readerOf(layout), { module }, release);
    expect(readlinkSync(`${scratch.path}/var/lib/dkms/foo/1.0/source`)).toBe('/usr/src/foo-1.0');
  });

  it('copies a folder to where sources are, never over another', async () => {
    const { scratch, layout } = makeMachine();
    scratch.write(
      'home/bar/dkms.conf',
      'PACKAGE_NAME=bar\nPACKAGE_VERSION=2.0\nDEST_MODULE_LOCATION=/extra\n',
    );
    scratch.write('home/bar/bar.c', 'int bar;\n');
    const folder = `${scratch.path}/home/bar`;
    expect(await registerModule(readerOf(layout), { folder }, release)).toEqual({
      module: { name: 'bar', version: '2.0' },
      warnings: [],
    });
    expect(readdirSync(`${scratch.path}/usr/src`)).toContain('bar-2.0');
    await registerModule(readerOf(layout), { folder }, release);
    scratch.write('home/bar/bar.c', 'int other;\n');
    await expect(registerModule(readerOf(layout), { folder }, release)).rejects.toMatchObject({
      code: 'MODULE_MISMATCH',
    });
    expect(readFileSync(`${scratch.path}/usr/src/bar-2.0/bar.c`, 'utf8')).toBe('int bar;\n');
  });

  it.each(['../../etc', '..', 'a/b', '-x', '.hidden', ''])('makes no path of the name %j', async (name) => {
    const { scratch, layout } = makeMachine();
    const before = readdirSync(scratch.path, { recursive: true });
    const folder = `${makeScratchFolder().path}`;
    writeFileSync(
      `${folder}/dkms.conf`,
      `PACKAGE_NAME='${name}'\nPACKAGE_VERSION=1\nBUILT_MODULE_NAME=x\nDEST_MODULE_LOCATION=/extra\n`,
    );
    await expect(registerModule(readerOf(layout), { folder }, release)).rejects.toMatchObject({
      code: 'CONF_INVALID',
    });
    expect(readdirSync(scratch.path, { recursive: true })).toEqual(before);
  });
});

it('a digest of a failure follows folders and programs, not their order in time', async () => {
  const scratch = makeScratchFolder();
  const program = scratch.write('cc', '', 0o755);
  scratch.write('src/a.c', '');
  const inputs = { directives: 'd', folders: [`${scratch.path}/src`], programs: [program] };
  const digest = () => new FailureDigests().of(inputs);
  const first = await digest();
  expect(await digest()).toBe(first);
  mkdirSync(`${scratch.path}/src/empty`);
  expect(await digest()).toBe(first);
  rmSync(program);
  const second = await digest();
  expect(second).not.toBe(first);
  symlinkSync('a.c', `${scratch.path}/src/b.c`);
  expect(await digest()).not.toBe(second);
});
