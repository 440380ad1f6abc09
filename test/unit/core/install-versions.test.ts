import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type InstallRequest, installModule } from '../../../src/core/install/install.ts';
import { findInstalled } from '../../../src/core/install/installed-files.ts';
import { describeRefusal } from '../../../src/core/install/refusal.ts';
import { uninstallModule } from '../../../src/core/install/uninstall.ts';
import { detectDistribution } from '../../../src/distros/index.ts';
import { arch, makeMachine, release } from './machine.ts';
import { compressed, moduleBytes, signed } from './modules.ts';

const distribution = (id: string) => detectDistribution({ id, idLike: [] });
const modules = `lib/modules/${release}`;
const target = `${modules}/updates/dkms/foo.ko`;
const first = moduleBytes({ version: '1.0', srcversion: 'A' });
const second = moduleBytes({ version: '2.0', srcversion: 'B' });

interface Setting {
  readonly originals?: InstallRequest['originals'];
  readonly distro?: string;
  readonly names?: readonly string[];
}

/** foo/1.0 and foo/2.0 are built, for the engine unless said otherwise. */
function open({ originals = 'overwritten-only', distro = 'debian', names = ['foo'] }: Setting = {}) {
  const { layout, scratch } = makeMachine();
  const write = (version: string, file: string, bytes: Uint8Array) =>
    scratch.write(`var/lib/dkms/foo/${version}/${release}/${arch}/module/${file}`, bytes);
  for (const name of names) {
    write('1.0', `${name}.ko`, first);
    write('2.0', `${name}.ko`, second);
  }
  const objects = names.map((name, index) => {
    return { index, built: name, name, destination: '/kernel/fs', strip: true };
  });
  const ownVersions = originals === 'archive' ? 'compare' : 'replace';
  const placement = { distribution: distribution(distro), originals, ownVersions } as const;
  const at = (version: string) => ({ module: { name: 'foo', version }, release, arch });
  return {
    layout,
    scratch,
    objects,
    write,
    path: (below: string) => `${scratch.path}/${below}`,
    read: (below: string) => readFileSync(`${scratch.path}/${below}`),
    install: (version: string, more: Partial<InstallRequest> = {}) =>
      installModule({ layout, objects, ...placement, at: at(version), ...more }),
    uninstall: (version: string, known = objects) =>
      uninstallModule({ layout, objects: known, placement, at: at(version) }),
    /** What the link says is installed. */
    active: () => {
      const link = `${scratch.path}/var/lib/dkms/foo/kernel-${release}-${arch}`;
      return existsSync(link) ? readlinkSync(link).split('/')[0] : undefined;
    },
  };
}

it('an own newer version gives way to the engine, also where originals are archived', async () => {
  const machine = open({ originals: 'archive' });
  await machine.install('2.0');
  await expect(machine.install('1.0')).rejects.toMatchObject({ code: 'INSTALL_REFUSED' });
  await machine.install('1.0', { ownVersions: 'replace' });
  expect([machine.active(), machine.read(target)]).toEqual(['1.0', Buffer.from(first)]);
});

const both = [{ originals: 'archive' }, { originals: 'overwritten-only' }] as const;

describe('a newer module of the kernel', () => {
  it.each(both)('is not replaced ($originals)', async ({ originals }) => {
    const machine = open({ originals });
    machine.scratch.write(`${modules}/kernel/fs/foo.ko.xz`, compressed(second, '.xz'));
    await expect(machine.install('1.0')).rejects.toMatchObject({
      code: 'INSTALL_REFUSED',
      dkmsStatus: 6,
      message: expect.stringMatching(/foo 1\.0 for 6\.12\.1-test.*kernel\/fs\/foo\.ko\.xz is newer: 2\.0/),
    });
    expect(machine.active()).toBeUndefined();
    expect(existsSync(machine.path(`${modules}/updates`))).toBe(false);
    expect(readdirSync(machine.path(`var/lib/dkms/foo/1.0/${release}/${arch}`))).toEqual(['module']);
  });

  it.each(both)('is, by force or by its version alone ($originals)', async ({ originals }) => {
    for (const how of [{ force: true }, { versionOverride: true }]) {
      const machine = open({ originals });
      machine.scratch.write(`${modules}/kernel/fs/foo.ko`, second);
      await machine.install('1.0', how);
      expect(machine.read(target)).toEqual(Buffer.from(first));
    }
  });

  it('is uncovered when it comes with an upgrade of the kernel and our engine installs again', async () => {
    const machine = open();
    await machine.install('1.0');
    machine.scratch.write(`${modules}/kernel/fs/foo.ko`, second);
    await expect(machine.install('1.0')).rejects.toMatchObject({ code: 'INSTALL_REFUSED' });
    expect(existsSync(machine.path(target))).toBe(false);
    expect(machine.active()).toBeUndefined();
    expect(machine.read(`${modules}/kernel/fs/foo.ko`)).toEqual(Buffer.from(second));
  });
});

describe('an installed module', () => {
  it('is no objection to its own rebuild', async () => {
    for (const { originals } of both) {
      const machine = open({ originals });
      for (const bytes of [first, moduleBytes({ version: '1.0', srcversion: 'C' }), first]) {
        machine.write('1.0', 'foo.ko', bytes);
        await machine.install('1.0');
        expect(machine.read(target)).toEqual(Buffer.from(bytes));
      }
    }
  });

  it('of a newer package version gives way to an older one for our engine', async () => {
    const machine = open();
    await machine.install('2.0');
    await machine.install('1.0');
    expect([machine.active(), machine.read(target)]).toEqual(['1.0', Buffer.from(first)]);
  });

  it('of a newer package version does not for dkms', async () => {
    const machine = open({ originals: 'archive' });
    await machine.install('2.0');
    await expect(machine.install('1.0')).rejects.toMatchObject({ code: 'INSTALL_REFUSED' });
    expect([machine.active(), machine.read(target)]).toEqual(['2.0', Buffer.from(second)]);
  });

  it('that dkms refuses to replace by the same one stays, and belongs to the new version', async () => {
    const machine = open({ originals: 'archive', names: ['foo', 'bar'] });
    await machine.install('1.0');
    machine.write('2.0', 'foo.ko', first);
    const { installed, refused } = await machine.install('2.0');
    expect(installed.map(({ name }) => name)).toEqual(['bar']);
    expect(refused.map(describeRefusal)).toEqual([`foo.ko is at /${target} already, version 1.0`]);
    expect(machine.active()).toBe('2.0');
    const { deleted } = await machine.uninstall('2.0');
    expect(deleted).toHaveLength(2);
    expect(existsSync(machine.path(`${modules}/updates`))).toBe(false);
  });
});

it.each(both)('an obsolete module is refused but for force ($originals)', async ({ originals }) => {
  const machine = open({ originals });
  await machine.install('1.0', { obsoleteBy: '6.13' });
  await machine.uninstall('1.0');
  for (const how of [{}, { versionOverride: true }]) {
    const attempt = machine.install('1.0', { obsoleteBy: '6.12', ...how });
    await expect(attempt).rejects.toMatchObject({ code: 'INSTALL_REFUSED', message: /obsolete.*from 6\.12/ });
  }
  await machine.install('1.0', { obsoleteBy: '6.12', force: true });
  expect(machine.active()).toBe('1.0');
});

it('a package without modules is installed', async () => {
  const machine = open();
  expect(await machine.install('1.0', { objects: [] })).toEqual({ installed: [], refused: [] });
  expect(machine.active()).toBe('1.0');
});

it('there must be a kernel to install into', async () => {
  const machine = open();
  rmSync(machine.path(modules), { recursive: true });
  await expect(machine.install('1.0')).rejects.toMatchObject({ code: 'KERNEL_UNKNOWN', dkmsStatus: 6 });
});

describe('where modules go', () => {
  it.each([
    { distro: 'debian', originals: 'archive', folder: 'updates/dkms' },
    { distro: 'fedora', originals: 'archive', folder: 'extra' },
    { distro: 'sles', originals: 'archive', folder: 'updates' },
    { distro: 'gentoo', originals: 'archive', folder: 'kernel/fs' },
    { distro: 'gentoo', originals: 'overwritten-only', folder: 'updates' },
    { distro: 'gentoo', originals: 'archive', addonFolder: '/addon/', folder: 'addon' },
    { distro: 'debian', originals: 'overwritten-only', addonFolder: 'addon/on', folder: 'addon/on' },
    { distro: 'debian', originals: 'archive', addonFolder: '../../../../etc', folder: 'etc' },
  ] as const)(
    '$distro, $originals, $addonFolder: $folder',
    async ({ folder, distro, originals, ...more }) => {
      const machine = open({ distro, originals });
      machine.scratch.write(`${modules}/kernel/own.ko`, '');
      const { installed } = await machine.install('1.0', more);
      expect(installed.map(({ path }) => path)).toEqual([`/${modules}/${folder}/foo.ko`]);
      await machine.uninstall('1.0');
      // rpm counts the top folders as the kernel's.
      const kept = distro === 'fedora' || distro === 'sles' ? [folder] : [];
      expect(readdirSync(machine.path(modules)).sort()).toEqual(['build', 'kernel', ...kept].sort());
    },
  );
});

describe('links instead of copies', () => {
  it('lead to the build, are found again, and go', async () => {
    const machine = open();
    const built = `/var/lib/dkms/foo/1.0/${release}/${arch}/module/foo.ko`;
    await machine.install('1.0', { symlink: true });
    expect(readlinkSync(machine.path(target))).toBe(built);
    const [object] = machine.objects;
    const at = { module: { name: 'foo', version: '1.0' }, release, arch };
    const subject = { layout: machine.layout, at, object: object as NonNullable<typeof object> };
    expect(await findInstalled({ ...subject, distribution: distribution('debian') })).toBe(
      machine.path(target),
    );
    await machine.install('2.0', { symlink: true });
    await machine.uninstall('2.0');
    expect(existsSync(machine.path(`${modules}/updates`))).toBe(false);
    expect(machine.read(built)).toEqual(Buffer.from(first));
  });

  it('that somebody else put there stay', async () => {
    const machine = open();
    await machine.install('1.0');
    rmSync(machine.path(target));
    symlinkSync('/srv/foo.ko', machine.path(target));
    const { replaced } = await machine.uninstall('1.0');
    expect(replaced).toEqual([`/${target}`]);
    expect(readlinkSync(machine.path(target))).toBe('/srv/foo.ko');
  });
});

describe('uninstalling what dkms itself has installed', () => {
  /** Without a manifest: the link and the file alone. */
  function installedByDkms(path: string, bytes: Uint8Array, setting: Setting = {}) {
    const machine = open({ originals: 'archive', ...setting });
    machine.scratch.write(`${modules}/${path}`, bytes);
    machine.scratch.write(`${modules}/kernel/own.ko`, '');
    machine.scratch.link(`1.0/${release}/${arch}`, `var/lib/dkms/foo/kernel-${release}-${arch}`);
    return machine;
  }

  const sameVersion = moduleBytes({ version: '1.0', srcversion: 'Z' });

  it.each([
    { what: 'as built', path: 'updates/dkms/foo.ko', bytes: first },
    {
      what: 'compressed and signed since',
      path: 'updates/dkms/foo.ko.xz',
      bytes: compressed(signed(first), '.xz'),
    },
    { what: 'built anew since', path: 'updates/dkms/foo.ko', bytes: sameVersion },
    {
      what: 'where its dkms.conf says',
      path: 'kernel/fs/foo.ko',
      bytes: first,
      setting: { distro: 'gentoo' },
    },
    { what: 'there although Debian says otherwise', path: 'kernel/fs/foo.ko', bytes: signed(first) },
  ])('$what', async ({ path, bytes, setting }) => {
    const machine = installedByDkms(path, bytes, setting);
    const result = await machine.uninstall('1.0');
    expect(result).toMatchObject({ wasActive: true, deleted: [`/${modules}/${path}`], notFound: [] });
    expect(readdirSync(machine.path(modules))).toEqual(['build', 'kernel']);
    expect(machine.active()).toBeUndefined();
  });

  it.each([
    { what: 'of another version', path: 'updates/dkms/foo.ko', bytes: second },
    { what: "of the same version among the kernel's own", path: 'kernel/fs/foo.ko', bytes: sameVersion },
    { what: 'in another place', path: 'kernel/net/foo.ko', bytes: first },
  ])('but not one $what', async ({ path, bytes }) => {
    const machine = installedByDkms(path, bytes);
    expect(await machine.uninstall('1.0')).toMatchObject({ deleted: [], notFound: ['foo'] });
    expect(machine.read(`${modules}/${path}`)).toEqual(Buffer.from(bytes));
    expect(machine.active()).toBeUndefined();
  });

  it.each(['updates/dkms', 'updates', 'extra'])('without a readable dkms.conf, from %s', async (folder) => {
    const machine = installedByDkms(`${folder}/foo.ko.gz`, compressed(first, '.gz'));
    const { deleted } = await machine.uninstall('1.0', []);
    expect(deleted).toEqual([`/${modules}/${folder}/foo.ko.gz`]);
  });

  it('an unversioned one, but no versioned one in its place', async () => {
    const plain = moduleBytes();
    for (const [there, deleted] of [
      [plain, [`/${target}`]],
      [moduleBytes({ code: 'x' }), [`/${target}`]],
      [moduleBytes({ version: '1' }), []],
    ] as const) {
      const machine = installedByDkms('updates/dkms/foo.ko', there);
      machine.write('1.0', 'foo.ko', plain);
      expect((await machine.uninstall('1.0')).deleted).toEqual(deleted);
    }
  });
});

describe('an installed file that changed', () => {
  it.each([
    { what: 'was signed', bytes: signed(first), stays: false },
    { what: 'is rubbish', bytes: Buffer.from(''), stays: false },
    { what: 'is another module', bytes: second, stays: true },
  ])('and $what', async ({ bytes, stays }) => {
    const machine = open();
    await machine.install('1.0');
    machine.scratch.write(target, bytes);
    await machine.uninstall('1.0');
    expect(existsSync(machine.path(target))).toBe(stays);
  });
});

it('an install over one of dkms that is cut short can still be undone', async () => {
  const machine = open({ originals: 'archive', names: ['foo', 'bar'] });
  const old = moduleBytes({ version: '1.0', srcversion: 'Z' });
  for (const name of ['foo', 'bar']) machine.scratch.write(`${modules}/updates/dkms/${name}.ko`, old);
  machine.scratch.link(`1.0/${release}/${arch}`, `var/lib/dkms/foo/kernel-${release}-${arch}`);
  // A compressor that is there now: the new files have other names, and one of them cannot be placed.
  const folder = machine.path(`var/lib/dkms/foo/1.0/${release}/${arch}/module`);
  for (const name of ['foo', 'bar']) {
    rmSync(`${folder}/${name}.ko`);
    machine.write('1.0', `${name}.ko.xz`, compressed(first, '.xz'));
  }
  machine.scratch.write(`${modules}/updates/dkms/bar.ko.xz/x`, '');
  await expect(machine.install('1.0')).rejects.toMatchObject({ code: 'INSTALL_FAILED' });
  rmSync(machine.path(`${modules}/updates/dkms/bar.ko.xz`), { recursive: true });
  await machine.uninstall('1.0');
  expect(existsSync(machine.path(`${modules}/updates`))).toBe(false);
});
