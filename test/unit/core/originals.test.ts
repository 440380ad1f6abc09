import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type InstallRequest, installModule } from '../../../src/core/install/install.ts';
import { uninstallModule } from '../../../src/core/install/uninstall.ts';
import { detectDistribution } from '../../../src/distros/index.ts';
import { arch, makeMachine, release } from './machine.ts';
import { compressed, moduleBytes } from './modules.ts';

const debian = detectDistribution({ id: 'debian', idLike: [] });
const modules = `lib/modules/${release}`;
const target = `${modules}/updates/dkms/foo.ko.xz`;
const archive = `var/lib/dkms/foo/original_module/${release}/${arch}`;
const ours = compressed(moduleBytes({ version: '1.0' }), '.xz');
const older = moduleBytes({ version: '0.9' });

type Face = InstallRequest['originals'];

/** A machine with a build of foo/1.0 (foo.ko.xz with MODULE_VERSION 1.0) that can be put in and out. */
function open(face: Face = 'archive', objects = ['foo']) {
  const { layout, scratch, module } = makeMachine();
  const build = (name: string, version: string, bytes = ours) =>
    scratch.write(`var/lib/dkms/${name}/${version}/${release}/${arch}/module/foo.ko.xz`, bytes);
  build('foo', '1.0');
  scratch.write(`${modules}/kernel/fs/own.ko`, 'own');
  const sketch = (name: string, index: number) => {
    return { index, built: name, name, destination: '/kernel/fs', strip: true };
  };
  const common = { layout, objects: objects.map(sketch) };
  const at = (of = module) => ({ module: of, release, arch });
  const ownVersions = face === 'archive' ? 'compare' : 'replace';
  const placement = { distribution: debian, originals: face, ownVersions } as const;
  return {
    layout,
    scratch,
    build,
    path: (below: string) => `${scratch.path}/${below}`,
    read: (below: string) => readFileSync(`${scratch.path}/${below}`),
    install: (more: Partial<InstallRequest> = {}, of = module) =>
      installModule({ ...common, ...placement, at: at(of), ...more }),
    uninstall: (of = module, known = common.objects) =>
      uninstallModule({ layout, objects: known, placement, at: at(of) }),
  };
}

/** All files below the kernel's folder and the archive, with their content. */
function snapshot(machine: ReturnType<typeof open>): Record<string, string> {
  const folders = [modules, `var/lib/dkms/foo/original_module`];
  const names = folders.flatMap((folder) =>
    existsSync(machine.path(folder))
      ? readdirSync(machine.path(folder), { recursive: true }).map((name) => `${folder}/${name}`)
      : [],
  );
  const files = names.filter((name) => lstatSync(machine.path(name)).isFile());
  return Object.fromEntries(files.map((name) => [name, machine.read(name).toString('base64')]));
}

describe('as dkms, an install', () => {
  it.each([
    { what: "among the kernel's own", path: 'kernel/fs/foo.ko.zst', bytes: compressed(older, '.zst') },
    { what: 'exactly there', path: 'updates/dkms/foo.ko.xz', bytes: compressed(older, '.xz') },
    { what: 'there with another suffix', path: 'updates/dkms/foo.ko', bytes: older },
    { what: 'in extra/', path: 'extra/deep/foo.ko', bytes: older },
  ])('archives the module $what and an uninstall brings it back', async ({ path, bytes }) => {
    const machine = open();
    const file = machine.scratch.write(`${modules}/${path}`, bytes, 0o600);
    utimesSync(file, 1000, 2000);
    const before = snapshot(machine);
    const { installed } = await machine.install();
    expect(installed).toEqual([{ name: 'foo', path: `/${target}`, archived: [`/${modules}/${path}`] }]);
    expect(machine.read(target)).toEqual(ours);
    if (path !== 'updates/dkms/foo.ko.xz') expect(existsSync(file)).toBe(false);
    // It may be the kernel package's.
    expect(existsSync(dirname(file))).toBe(true);
    const name = path.slice(path.lastIndexOf('/') + 1);
    expect(machine.read(`${archive}/${name}`)).toEqual(Buffer.from(bytes));
    expect(machine.read(`${archive}/${name}.origin`).toString()).toBe(`/${modules}/${path}\n`);
    const result = await machine.uninstall();
    expect(result).toMatchObject({ deleted: [`/${target}`], restored: [`/${modules}/${path}`] });
    expect(snapshot(machine)).toEqual(before);
    expect(lstatSync(file).mode & 0o777).toBe(0o600);
    expect(lstatSync(file).mtimeMs).toBe(2_000_000);
    expect(existsSync(machine.path('var/lib/dkms/foo/original_module'))).toBe(false);
  });

  it('archives the first one, extra/ before all, and what it would overwrite; the rest stays', async () => {
    const machine = open();
    const places = ['extra/foo.ko.xz', 'updates/dkms/foo.ko.xz', 'kernel/fs/foo.ko'];
    for (const [index, place] of places.entries())
      machine.scratch.write(`${modules}/${place}`, moduleBytes({ version: `0.${index}` }));
    const before = snapshot(machine);
    await machine.install();
    expect(readdirSync(machine.path(archive))).toEqual(['collisions', 'foo.ko.xz', 'foo.ko.xz.origin']);
    expect(readdirSync(machine.path(`${archive}/collisions`))).toEqual(['foo.ko.xz', 'foo.ko.xz.origin']);
    expect(existsSync(machine.path(`${modules}/kernel/fs/foo.ko`))).toBe(true);
    await machine.uninstall();
    expect(snapshot(machine)).toEqual(before);
  });

  it('of another package with the same object archives that one’s', async () => {
    const machine = open();
    machine.build('bar', '1.0', compressed(moduleBytes({ version: '2.0' }), '.xz'));
    await machine.install();
    const bar = { name: 'bar', version: '1.0' };
    await machine.install({}, bar);
    expect(machine.read(target)).not.toEqual(ours);
    // Now it is bar's, so foo has nothing there to delete.
    const other = await machine.uninstall();
    expect(other).toMatchObject({ deleted: [], replaced: [`/${target}`], notFound: ['foo'] });
    const { restored } = await machine.uninstall(bar);
    expect(restored).toEqual([`/${target}`]);
    expect(machine.read(target)).toEqual(ours);
  });

  it('of a newer version leaves the archive to whoever uninstalls that', async () => {
    const machine = open();
    machine.scratch.write(`${modules}/kernel/fs/foo.ko`, older);
    const before = snapshot(machine);
    await machine.install();
    machine.build('foo', '2.0', compressed(moduleBytes({ version: '2.0' }), '.xz'));
    const newer = { name: 'foo', version: '2.0' };
    const { installed } = await machine.install({}, newer);
    expect(installed[0]?.archived).toEqual([]);
    expect((await machine.uninstall()).wasActive).toBe(false);
    await machine.uninstall(newer);
    expect(snapshot(machine)).toEqual(before);
  });

  it('archives a link that another package left exactly there', async () => {
    const machine = open();
    mkdirSync(machine.path(`${modules}/updates/dkms`), { recursive: true });
    symlinkSync('/srv/foo.ko.xz', machine.path(target));
    await machine.install();
    expect(machine.read(target)).toEqual(ours);
    await machine.uninstall();
    expect(readlinkSync(machine.path(target))).toBe('/srv/foo.ko.xz');
  });
});

describe('our own engine', () => {
  it("leaves the kernel's own where they are", async () => {
    const machine = open('overwritten-only');
    const places = ['kernel/fs/foo.ko', 'extra/foo.ko'];
    for (const place of places) machine.scratch.write(`${modules}/${place}`, older);
    const before = snapshot(machine);
    await machine.install();
    expect(snapshot(machine)).toMatchObject(before);
    expect(existsSync(machine.path(archive))).toBe(false);
    await machine.uninstall();
    expect(snapshot(machine)).toEqual(before);
  });

  it.each(['foo.ko.xz', 'foo.ko'])(
    'archives %s exactly where it writes, when that is not its own',
    async (name) => {
      const machine = open('overwritten-only');
      machine.scratch.write(`${modules}/updates/dkms/${name}`, older);
      const before = snapshot(machine);
      for (let times = 0; times < 2; times++) await machine.install();
      expect(readdirSync(machine.path(`${modules}/updates/dkms`))).toEqual(['foo.ko.xz']);
      await machine.uninstall();
      expect(snapshot(machine)).toEqual(before);
    },
  );

  it('takes over the same module where the tree has lost its record', async () => {
    const machine = open('overwritten-only');
    machine.scratch.write(target, ours);
    await machine.install();
    await machine.uninstall();
    expect(existsSync(machine.path(target))).toBe(false);
  });
});

describe('an archived module', () => {
  /** Installed, with an archived module that says it came from `origin`. */
  async function withOrigin(origin: string | undefined) {
    const machine = open();
    await machine.install();
    machine.scratch.write(`${archive}/foo.ko`, older);
    if (origin !== undefined) machine.scratch.write(`${archive}/foo.ko.origin`, `${origin}\n`);
    return machine;
  }

  it.each([
    '/etc/foo.ko',
    `/${modules}/../6.1/foo.ko`,
    '/lib/modules/6.1/kernel/foo.ko',
    `/${modules}/build/foo.ko`,
    `/${modules}/out/foo.ko`,
    `/${modules}`,
    `/${modules}/kernel/fs/passwd`,
    'kernel/fs/foo.ko',
    '',
  ])('goes nowhere outside of the kernel: %j', async (origin) => {
    const machine = await withOrigin(origin);
    symlinkSync('/etc', machine.path(`${modules}/out`));
    const files = () =>
      readdirSync(machine.scratch.path, { recursive: true })
        .map(String)
        .filter((name) => !name.startsWith('var') && !name.includes('updates'));
    const before = files();
    // Nobody knows where the package would have it.
    const { unrestored, restored } = await machine.uninstall(undefined, []);
    expect(restored).toEqual([]);
    expect(unrestored).toEqual([{ archive: `/${archive}/foo.ko`, origin }]);
    expect(files()).toEqual(before);
    expect(machine.read(`${archive}/foo.ko`)).toEqual(Buffer.from(older));
    expect(existsSync(machine.path(target))).toBe(false);
  });

  it('that says it came from outside goes where the package would have it', async () => {
    const machine = await withOrigin('/etc/foo.ko');
    const { restored } = await machine.uninstall();
    expect(restored).toEqual([`/${modules}/kernel/fs/foo.ko`]);
    expect(existsSync(machine.path('etc/foo.ko'))).toBe(false);
  });

  it('of an old dkms goes where the package would have it', async () => {
    const machine = await withOrigin(undefined);
    const { restored } = await machine.uninstall();
    expect(restored).toEqual([`/${modules}/kernel/fs/foo.ko`]);
    expect(machine.read(`${modules}/kernel/fs/foo.ko`)).toEqual(Buffer.from(older));
  });

  it("does not replace what the kernel's package has laid down since", async () => {
    const machine = await withOrigin(`/${modules}/kernel/fs/foo.ko`);
    machine.scratch.write(`${modules}/kernel/fs/foo.ko`, 'upgraded');
    await machine.uninstall();
    expect(machine.read(`${modules}/kernel/fs/foo.ko`).toString()).toBe('upgraded');
    expect(existsSync(machine.path('var/lib/dkms/foo/original_module'))).toBe(false);
  });

  it('does not come back into a kernel that is gone', async () => {
    const machine = await withOrigin(`/${modules}/kernel/fs/foo.ko`);
    rmSync(machine.path(`${modules}/kernel`), { recursive: true });
    await machine.uninstall();
    expect(existsSync(machine.path(`${modules}/kernel`))).toBe(false);
    expect(existsSync(machine.path('var/lib/dkms/foo/original_module'))).toBe(false);
  });

  it('stays when there is nothing to uninstall', async () => {
    const machine = open();
    machine.scratch.write(`${archive}/foo.ko`, older);
    expect(await machine.uninstall()).toMatchObject({ deleted: [], restored: [] });
    expect(existsSync(machine.path(`${archive}/foo.ko`))).toBe(true);
  });
});

describe('cut short', () => {
  it.each<{ face: Face }>([{ face: 'archive' }, { face: 'overwritten-only' }])(
    'an install ($face) is mended by another, or by an uninstall',
    async ({ face }) => {
      const machine = open(face, ['foo', 'bar']);
      machine.scratch.write(`var/lib/dkms/foo/1.0/${release}/${arch}/module/bar.ko`, moduleBytes());
      machine.scratch.write(`${modules}/kernel/fs/foo.ko`, older);
      machine.scratch.write(`${modules}/updates/dkms/foo.ko`, older);
      const before = snapshot(machine);
      // A folder with something in it is in the way of the second object.
      const obstacle = machine.path(`${modules}/updates/dkms/bar.ko`);
      machine.scratch.write(`${modules}/updates/dkms/bar.ko/x`, '');
      for (const mend of [() => machine.uninstall(), () => machine.install()]) {
        await expect(machine.install()).rejects.toMatchObject({ code: 'INSTALL_FAILED' });
        expect(machine.read(target)).toEqual(ours);
        await mend().catch(() => undefined);
      }
      rmSync(obstacle, { recursive: true });
      await machine.install();
      await machine.uninstall();
      expect(snapshot(machine)).toEqual(before);
    },
  );

  it('an uninstall is finished by another', async () => {
    const machine = open();
    machine.scratch.write(`${modules}/updates/dkms/foo.ko.xz`, older);
    const before = snapshot(machine);
    await machine.install();
    // The original is back and the link gone, the archive and the manifest are not.
    machine.scratch.write(target, older);
    rmSync(machine.path(`var/lib/dkms/foo/kernel-${release}-${arch}`));
    await machine.uninstall();
    expect(snapshot(machine)).toEqual(before);
  });
});

it.each([archive, dirname(archive), dirname(dirname(archive))])(
  'an archive behind the link %s is left alone',
  async (place) => {
    const machine = open();
    const elsewhere = `home/admin/${archive.slice(place.length + 1)}`;
    machine.scratch.write(`${elsewhere}/foo.ko`, 'precious');
    machine.scratch.write(`${elsewhere}/foo.ko.origin`, `/${modules}/kernel/foo.ko\n`);
    machine.scratch.link(machine.path('home/admin'), place);
    await machine.install();
    await machine.uninstall();
    expect(String(machine.read(`${elsewhere}/foo.ko`))).toBe('precious');
    expect(existsSync(machine.path(`${modules}/kernel/foo.ko`))).toBe(false);
  },
);
