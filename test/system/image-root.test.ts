import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { installDropIn } from '../support/drop-in.ts';
import { type ImageAndHost, openImageAndHost } from '../support/image.ts';
import { installToolkit } from '../support/install.ts';
import { readKernels } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

/** One image through its making: each test goes on where the one before it ended. */
let setting: ImageAndHost;
let label: string;
let releases: string[];

beforeAll(async () => {
  if (inject('testBedMissing') !== '') return;
  setting = await openImageAndHost();
  releases = setting.kernels.map(({ release }) => release).sort();
  label = await bringSource();
  await makeDistinct();
});
afterAll(() => setting?.[Symbol.asyncDispose]());

/** A real module's source, as its package brings it; nobody registers it. */
async function bringSource(): Promise<string> {
  const { image } = setting;
  const { debs } = await readKernels(image);
  const file = debs['v4l2loopback-dkms']?.file ?? '';
  const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C / ./usr/src';
  await image.run(['sh', '-c', unpack, 'unpack', file]);
  const names = await image.list('/usr/src');
  return names.find((name) => name.startsWith('v4l2loopback-'))?.replace('k-', 'k/') ?? '';
}

/** The image has no runtime of ours, and the host nothing that builds; whoever takes the host's settings does not get far. */
async function makeDistinct(): Promise<void> {
  const { image, host } = setting;
  await image.run(['mv', '/usr/bin/node', '/usr/bin/node.away']);
  await host.run(['sh', '-c', 'rm /usr/bin/make /usr/bin/*gcc* /usr/bin/ld /usr/bin/*-ld /usr/bin/ld.*']);
  await host.write('/etc/kmodsmith/policy.d/10-host.toml', 'nonsense = true\n');
  await host.write('/etc/dkms/framework.conf', 'post_transaction="touch /srv/asked-there"\n');
  await host.run(['sh', '-c', 'mkdir -p "/lib/modules/$(uname -r)/build" /usr/src/ghost-1']);
  await host.write('/usr/src/ghost-1/dkms.conf', 'PACKAGE_NAME=ghost\nPACKAGE_VERSION=1\n');
  await image.write('/etc/dkms/framework.conf', 'post_transaction="uname -r >/srv/asked-here"\n');
}

async function kmodsmith(...argv: string[]) {
  return setting.onHost(['kmodsmith', ...argv, '--root', '/srv/image']);
}

/** Every file of the host that is not as its packages and `makeDistinct` have left it would be here. */
async function hostFiles(): Promise<string> {
  const what = ['-not', '-path', '/srv/image*', '-printf', '%p %y %s %T@ %l\\n'];
  const { stdout } = await setting.host.run(['find', '/', '-xdev', ...what]);
  return stdout.replaceAll(/^\/(proc|dev|run|sys|tmp|mnt)\b.*\n/gm, '').replaceAll(/^\/(srv)? d .*\n/gm, '');
}

async function statusOfImage() {
  const { stdout } = await kmodsmith('status', '--json');
  return JSON.parse(stdout).pairs.map(
    (pair: { kernel: string; build?: { installed: boolean; origin: string; changes: unknown[] } }) => ({
      kernel: pair.kernel,
      ...(pair.build && { installed: pair.build.installed, changes: pair.build.changes }),
    }),
  );
}

const folder = (release: string) => `/usr/lib/modules/${release}`;

async function isThere(release: string): Promise<boolean> {
  return setting.image.exists(`${folder(release)}/updates/dkms/v4l2loopback.ko.xz`);
}

test('a dry run says what would be built, and for which kernels', async () => {
  const before = await hostFiles();
  const { exitCode, stdout, stderr } = await kmodsmith('build', '--dry-run');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const name = label.replace('/', ' ');
  expect(stdout.split('\n')).toEqual([
    `${name}: register, as asked`,
    ...releases.map((release) => `${name} for ${release}: build, as asked`),
    '',
  ]);
  expect(await statusOfImage()).toEqual([]);
  expect(await hostFiles()).toBe(before);
});

test('build: for every kernel of the image, by its own compiler, and installs nothing', async () => {
  const before = await hostFiles();
  expect(await kmodsmith('build')).toMatchObject({ exitCode: 0 });
  expect(await statusOfImage()).toEqual(
    releases.map((kernel) => ({ kernel, installed: false, changes: [] })),
  );
  for (const release of releases) expect(await isThere(release)).toBe(false);
  expect(await hostFiles()).toBe(before);
});

test('install: the modules are where the kernels of the image find them', async () => {
  const before = await hostFiles();
  const { exitCode, stdout } = await kmodsmith('install');
  expect(exitCode).toBe(0);
  for (const release of releases) {
    expect(stdout).toContain(`v4l2loopback ${label.split('/')[1]} for ${release}: installed, as asked`);
    const info = ['modinfo', '-k', release, '-F', 'vermagic', 'v4l2loopback'];
    expect((await setting.image.run(info)).stdout.split(' ')[0]).toBe(release);
    const shown = await setting.image.run(['modprobe', '--show-depends', '-S', release, 'v4l2loopback']);
    expect(shown.stdout).toContain(`${release}/updates/dkms/v4l2loopback.ko.xz`);
  }
  expect(await setting.image.exists('/srv/asked-here')).toBe(true);
  expect(await hostFiles()).toBe(before);
  expect((await kmodsmith('install')).stdout).toMatch(/Nothing to do\.\n$/);
  expect((await kmodsmith('run', '--all')).stdout).toMatch(/Nothing to do\.\n$/);
});

test('nothing of the host, nor of what brought us, is left in the image', async () => {
  const { stdout } = await setting.image.run([
    'sh',
    '-c',
    'grep -rlE "/srv/image|kmodsmith-engine" /var/lib/dkms /var/lib/kmodsmith /usr/lib/modules; ls -A /run /tmp',
  ]);
  expect(stdout).not.toMatch(/kmodsmith|dkms|modules/);
});

test('a machine that boots it has nothing to build', async () => {
  const { image } = setting;
  await image.run(['mv', '/usr/bin/node.away', '/usr/bin/node']);
  await installToolkit(image);
  const { stdout } = await image.run(['kmodsmith', 'run', '--all']);
  expect(stdout).toMatch(/Nothing to do\.\n$/);
  const verified = await image.run(['kmodsmith', 'verify'], { allowFailure: true });
  expect(verified).toMatchObject({ exitCode: 0 });
});

test('without /var everything is made anew from the sources', async () => {
  const { image } = setting;
  await image.run(['mv', '/var', '/var.away']);
  const [release = '', other = ''] = releases;
  expect(await kmodsmith('install', label, '-k', release)).toMatchObject({ exitCode: 0 });
  expect(await statusOfImage()).toEqual([
    { kernel: release, installed: true, changes: [] },
    { kernel: other },
  ]);
  // On a machine it is only not mounted yet.
  const machine = 'mv /var /var.made && kmodsmith run; status=$?; mv /var.made /var; exit $status';
  const { exitCode, stderr } = await image.run(['sh', '-c', machine], { allowFailure: true });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('/var is not there\n  Mount it, then try again.');
  await image.run(['sh', '-c', 'rm -r /var && mv /var.away /var']);
});

test('an image without a compiler is told so', async () => {
  const { image } = setting;
  await image.run(['mv', '/usr/bin/make', '/usr/bin/make.away']);
  const { exitCode, stderr } = await kmodsmith('build', '--rebuild');
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`the headers of ${releases[0]} cannot be used: make is not installed`);
  expect(stderr).toContain('paths that are named above are below /srv/image');
  await image.run(['mv', '/usr/bin/make.away', '/usr/bin/make']);
});

/** What `command` says on a machine that booted the image by ostree. */
async function bootedByOstree(command: string) {
  const booted = 'mount --bind /usr /usr && mount -o remount,bind,ro /usr && touch /run/ostree-booted';
  return setting.image.run(['sh', '-c', `${booted} && ${command}`], { allowFailure: true });
}

const advice = 'kmodsmith install --root FOLDER';

test.each([
  ['install', 'kmodsmith install "$0" --all --rebuild'],
  ['autoinstall', 'kmodsmith mark-for-rebuild -k RELEASE && kmodsmith autoinstall -k RELEASE'],
])('a system of ostree: %s says that modules come with the image', async (_what, command) => {
  const [release = ''] = releases;
  const typed = command.replaceAll('RELEASE', release).replace('"$0"', label);
  const { exitCode, stdout, stderr } = await bootedByOstree(typed);
  expect(exitCode).toBe(1);
  expect(stdout).toContain(
    `nothing can be installed into /lib/modules/${release}: this system booted by ostree`,
  );
  expect(stdout).toContain(advice);
  expect(stdout + stderr).not.toMatch(/EROFS|building/);
});

test('a system of ostree: hooks and the drop-in', async () => {
  const [release = ''] = releases;
  const hook = await bootedByOstree(`/etc/kernel/postinst.d/kmodsmith ${release}`);
  expect(hook).toMatchObject({ exitCode: 0, stdout: '' });
  expect(hook.stderr).toMatch(/^kmodsmith: nothing is done, as this is a system of ostree .*\n$/);
  expect(hook.stderr).toContain(advice);
  expect(await setting.image.list('/var/lib/kmodsmith/queue')).toEqual([]);
  await installDropIn(setting.image);
  const dkms = await bootedByOstree(`dkms install --force ${label} -k ${release}`);
  expect(dkms.exitCode).toBe(6);
  expect(dkms.stdout + dkms.stderr).toContain(advice);
});
