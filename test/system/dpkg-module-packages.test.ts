import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { scratchDirectory } from '../support/cache.ts';
import { isWhole } from '../support/extent.ts';
import { bringPackages } from '../support/install.ts';
import { repackDeb } from '../support/repack.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import type { TestRoot } from '../support/roots.ts';
import { openSampleMachine, type SampleMachine } from '../support/sample-machine.ts';
import { buildSample, openBuildRoot } from '../support/sample-packages.ts';
import { packToyDeb } from '../support/toy-debs.ts';

// The rows of docs/policy.md, section 4, that a module's package has, played with a package that dh_kmodsmith has made.

beforeEach(requireTestBed);

let folder: string;
/** Files on the host. */
let debs: Record<'first' | 'second' | 'conflicting' | 'broken' | 'stubborn' | 'user' | 'owner', string>;
let buildRoot: TestRoot | undefined;

beforeAll(async () => {
  if (inject('testBedMissing') !== '') return;
  folder = await scratchDirectory('disk');
  buildRoot = await openBuildRoot();
  const first = await makeDeb('1.0-2');
  const second = await makeDeb('2.0-1');
  const variant = (version: string, edit: (tree: string) => Promise<void>) =>
    repackDeb(second, { version: () => version, edit }, folder);
  debs = {
    first,
    second,
    conflicting: await variant('2.0-2', (tree) => writeFile(join(tree, owned), '')),
    broken: await variant('2.0-3', (tree) =>
      appendFile(join(tree, 'usr/src/sample-2.0/sample.c'), '#error x\n'),
    ),
    stubborn: await variant('2.0-4', (tree) =>
      appendFile(join(tree, 'DEBIAN/prerm'), 'if [ -e /srv/refuse ]; then exit 1; fi\n'),
    ),
    user: await packToyDeb(folder, user),
    owner: await packToyDeb(folder, owner),
  };
});

afterAll(async () => {
  await buildRoot?.dispose();
  await rm(folder ?? '/nowhere', { recursive: true, force: true });
});

async function makeDeb(version: string): Promise<string> {
  const root = buildRoot as TestRoot;
  const { deb } = await buildSample(root, version);
  const target = join(folder, `sample-module-dkms_${version}_all.deb`);
  await root.copyOut(deb, target);
  return target;
}

/** It wants the module when it is configured. */
const user = {
  name: 'sample-user',
  fields: { Depends: 'sample-module-dkms' },
  scripts: {
    postinst: `#!/bin/sh
set -e
for kernel in /lib/modules/*/build; do
  modinfo -k "$(basename "$(dirname "$kernel")")" sample >/dev/null
done
`,
  },
};

/** It owns what the conflicting one wants to bring. */
const owned = 'usr/src/kmod-owns-this';
const owner = { name: 'owner', files: { [owned]: '' } };

test('what dpkg-buildpackage makes is what lintian wants', async () => {
  const root = buildRoot as TestRoot;
  const { changes, deb } = await buildSample(root, '1.0-2');
  const found = await root.run(['lintian', '--allow-root', '--fail-on', 'error,warning', '--info', changes], {
    allowFailure: true,
  });
  expect(found).toMatchObject({ exitCode: 0, stdout: expect.not.stringMatching(/^[EW]: /m) });
  const { stdout: files } = await root.run(['dpkg-deb', '--contents', deb]);
  for (const name of ['dkms.conf', 'Makefile', 'sample.c'])
    expect(files).toContain(`/usr/src/sample-1.0/${name}`);
  expect(files).not.toContain('/debian');
  expect((await root.run(['dpkg-deb', '--field', deb, 'Depends'])).stdout).toBe('kmodsmith\n');
  const conf = await root.run([
    'sh',
    '-c',
    'dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/src/sample-1.0/dkms.conf',
    'x',
    deb,
  ]);
  expect(conf.stdout).toContain('PACKAGE_VERSION="1.0"\n');
});

const nothing = { registered: [], installed: undefined, queued: 0 };

describe('AUTOINSTALL=yes', () => {
  let machine: SampleMachine;
  beforeAll(async () => {
    if (inject('testBedMissing') === '') machine = await openSampleMachine();
  });
  afterAll(async () => machine?.[Symbol.asyncDispose]());

  test('installed: it is built before a package is configured that depends on it', async () => {
    await machine.apt([debs.user, debs.first]);
    expect(await machine.observe()).toEqual({
      ...{ package: 'ii 1.0-2', registered: ['1.0'], installed: '1.0', queued: 0 },
    });
    await machine.root.run(['dpkg', '--remove', 'sample-user']);
  });

  test('reinstalled: nothing has changed, and nothing is built', async () => {
    const before = await machine.startedAt('1.0');
    await machine.apt([debs.first], '--reinstall');
    expect(await machine.startedAt('1.0')).toBe(before);
    expect(await machine.observe()).toMatchObject({ installed: '1.0', queued: 0 });
  });

  test('reconfigured: it is built anew', async () => {
    const before = await machine.startedAt('1.0');
    await machine.root.run(['dpkg-reconfigure', 'sample-module-dkms']);
    expect(await machine.startedAt('1.0')).toBeGreaterThan(before);
    expect(await machine.observe()).toMatchObject({ installed: '1.0', queued: 0 });
  });

  test('upgraded: the new version takes the place of the old one', async () => {
    await machine.apt([debs.second]);
    expect(await machine.observe()).toEqual({
      ...{ package: 'ii 2.0-1', registered: ['2.0'], installed: '2.0', queued: 0 },
    });
  });

  test('an upgrade that cannot be unpacked is aborted: the old version is as it was', async () => {
    const before = await machine.startedAt('2.0');
    const { root } = machine;
    await machine.apt([debs.owner]);
    const files = await bringPackages(root, [debs.conflicting]);
    const failed = await root.run(['dpkg', '--install', ...files], { allowFailure: true });
    expect(failed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('trying to overwrite') });
    expect(await machine.observe()).toEqual({
      ...{ package: 'ii 2.0-1', registered: ['2.0'], installed: '2.0', queued: 0 },
    });
    expect(await machine.startedAt('2.0')).toBe(before);
  });

  test('downgraded: the earlier version is back', async () => {
    await machine.apt([debs.first], '--allow-downgrades');
    expect(await machine.observe()).toEqual({
      ...{ package: 'ii 1.0-2', registered: ['1.0'], installed: '1.0', queued: 0 },
    });
  });

  test('a version that does not compile fails no package, and leaves the earlier one where it was', async () => {
    const said = await machine.apt([debs.broken]);
    expect(said).toContain('failed: sample 2.0');
    expect(await machine.observe()).toEqual({
      ...{ package: 'ii 2.0-3', registered: ['1.0', '2.0'], installed: '1.0', queued: 0 },
    });
  });

  test('removed: what was left of both versions goes', async () => {
    await machine.root.run(['apt-get', 'remove', 'sample-module-dkms']);
    expect(await machine.observe()).toMatchObject(nothing);
    expect(await machine.root.exists('/var/lib/dkms/sample')).toBe(false);
    const left = ['find', '/lib/modules', '/usr/src', '-name', 'sample*'];
    expect((await machine.root.run(left)).stdout).toBe('');
  });

  test('a removal that is aborted takes nothing away, and a purge everything', async () => {
    await machine.apt([debs.stubborn]);
    const before = await machine.startedAt('2.0');
    await machine.root.write('/srv/refuse', '');
    const failed = await machine.root.run(['dpkg', '--remove', 'sample-module-dkms'], { allowFailure: true });
    expect(failed.exitCode).toBe(1);
    expect(await machine.observe()).toEqual({
      ...{ package: 'ri 2.0-4', registered: ['2.0'], installed: '2.0', queued: 0 },
    });
    expect(await machine.startedAt('2.0')).toBe(before);
    await machine.root.run(['rm', '/srv/refuse']);
    await machine.root.run(['apt-get', 'purge', 'sample-module-dkms']);
    expect(await machine.observe()).toEqual({ package: '', ...nothing });
  });
});

if (isWhole)
  test('AUTOINSTALL=no: registered, built by hand only, and carried to the next version', async () => {
    await using machine = await openSampleMachine();
    const { root, release } = machine;
    await root.write('/etc/dkms/sample.conf', 'AUTOINSTALL=no\n');
    await machine.apt([debs.first]);
    expect(await machine.observe()).toMatchObject({ registered: ['1.0'], installed: undefined });
    await machine.apt([debs.second]);
    expect(await machine.observe()).toMatchObject({ registered: ['2.0'], installed: undefined });
    await machine.apt([debs.first], '--allow-downgrades');
    await root.run(['kmodsmith', 'install', 'sample/1.0', '-k', release]);
    await machine.apt([debs.stubborn]);
    expect(await machine.observe()).toMatchObject({ registered: ['2.0'], installed: '2.0', queued: 0 });
    await root.write('/srv/refuse', '');
    await root.run(['dpkg', '--remove', 'sample-module-dkms'], { allowFailure: true });
    expect(await machine.observe()).toMatchObject({ registered: ['2.0'], installed: '2.0', queued: 0 });
    await root.run(['rm', '/srv/refuse']);
    await root.run(['apt-get', 'remove', 'sample-module-dkms']);
    expect(await machine.observe()).toMatchObject(nothing);
  });

if (isWhole)
  test('headers whose package runs no hooks tell of themselves by the scripts that were generated for it', async () => {
    await using machine = await openSampleMachine();
    const { root, release } = machine;
    await machine.apt([debs.first]);
    await root.run(['kmodsmith', 'discard', 'sample/1.0', '--all']);
    await root.run(['sh', '-c', makeHeaders, 'headers', release]);
    await root.run(['dpkg', '--install', '/srv/vendor-headers.deb']);
    expect(await machine.observe()).toMatchObject({ installed: '1.0', queued: 0 });
  });

const makeHeaders = `set -e
tree=/srv/vendor-headers
mkdir -p $tree/DEBIAN
printf 'Package: vendor-headers\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@localhost>\\nDescription: x\\n' >$tree/DEBIAN/control
kmodsmith generate dpkg kernel --package vendor-headers --part headers --release "$1" --output /srv/generated
cp /srv/generated/debian/vendor-headers.postinst $tree/DEBIAN/postinst
cp /srv/generated/debian/vendor-headers.triggers $tree/DEBIAN/triggers
dpkg-deb --build $tree /srv/vendor-headers.deb
`;

describe('without the toolkit', () => {
  test('a package is installed and waits; the toolkit does it when it comes, and both go together', async () => {
    await using machine = await openSampleMachine();
    const { root } = machine;
    await root.run(['dpkg', '--remove', 'kmodsmith']);
    await root.run(['dpkg', '--force-depends', '--install', ...(await bringPackages(root, [debs.first]))]);
    expect(await machine.observe()).toEqual({
      ...{ package: 'ii 1.0-2', registered: [], installed: undefined, queued: 1 },
    });
    await root.run(['dpkg', '--install', '/srv/kmodsmith.deb']);
    expect(await machine.observe()).toMatchObject({ registered: ['1.0'], installed: '1.0', queued: 0 });
    await root.run(['apt-get', 'remove', 'sample-module-dkms', 'kmodsmith']);
    expect(await machine.observe()).toMatchObject(nothing);
  });

  if (isWhole)
    test('a package is removed, and the toolkit takes its module away when it comes back', async () => {
      await using machine = await openSampleMachine();
      const { root } = machine;
      await machine.apt([debs.first]);
      await root.run(['dpkg', '--force-depends', '--remove', 'kmodsmith']);
      await root.run(['dpkg', '--remove', 'sample-module-dkms']);
      expect(await machine.observe()).toMatchObject({ registered: ['1.0'], installed: '1.0' });
      await root.run(['dpkg', '--install', '/srv/kmodsmith.deb']);
      expect(await machine.observe()).toMatchObject(nothing);
    });
});
