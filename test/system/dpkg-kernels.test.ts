import { beforeEach, expect, test } from 'vitest';
import {
  buildPath,
  type DebianMachine,
  installedPath,
  openMachine,
  readBuild,
} from '../support/debian-machine.ts';
import { installHeaders, type TestKernel } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

async function openWithHeaders(
  policy = '',
): Promise<{ machine: DebianMachine; going: TestKernel; staying: TestKernel }> {
  const machine = await openMachine('trixie-kernels-thin');
  if (policy !== '') await machine.root.write('/etc/kmodsmith/policy.d/10-admin.toml', policy);
  const [staying, going] = machine.kernels as [TestKernel, TestKernel];
  for (const kernel of [staying, going]) await installHeaders(machine.root, kernel);
  return { machine, going, staying };
}

async function removeKernel({ root }: DebianMachine, kernel: TestKernel): Promise<void> {
  await root.run(['apt-get', 'remove', kernel.image, kernel.headers]);
}

async function expectGone(machine: DebianMachine, kernel: TestKernel): Promise<void> {
  expect(await machine.root.exists(installedPath(machine, kernel))).toBe(false);
  expect(await machine.root.exists(`/lib/modules/${kernel.release}/updates`)).toBe(false);
  expect(await machine.root.exists(buildPath(machine, kernel))).toBe(false);
  expect(await machine.root.exists(`/var/lib/dkms/v4l2loopback/kernel-${kernel.release}-x86_64`)).toBe(false);
}

test.for(['transaction-end', 'immediate'])(
  'removing a kernel, %s: its builds go, the other kernel is untouched',
  async (when) => {
    const { machine, going, staying } = await openWithHeaders(`when = "${when}"\n`);
    await using _machine = machine;
    const before = {
      build: await readBuild(machine, staying),
      bytes: await machine.root.readBytes(installedPath(machine, staying)),
    };
    expect(await machine.root.exists(installedPath(machine, going))).toBe(true);
    await removeKernel(machine, going);
    await expectGone(machine, going);
    expect(await readBuild(machine, staying)).toEqual(before.build);
    expect(await machine.root.readBytes(installedPath(machine, staying))).toEqual(before.bytes);
    const { stdout } = await machine.root.run(['kmodsmith', 'plan']);
    expect(stdout).toContain('Nothing to do.');
  },
);

test('headers removed while the image stays: the working module stays', async () => {
  const { machine, going } = await openWithHeaders();
  await using _machine = machine;
  const before = await readBuild(machine, going);
  await machine.root.run(['apt-get', 'remove', going.headers]);
  await machine.root.run(['kmodsmith', 'run', '--all']);
  expect(await readBuild(machine, going)).toEqual(before);
  expect(await machine.root.exists(installedPath(machine, going))).toBe(true);
});

test('image and headers come back in one transaction: one build', async () => {
  const { machine, going } = await openWithHeaders();
  await using _machine = machine;
  await removeKernel(machine, going);
  const { debs } = JSON.parse(await machine.root.read('/var/cache/test-debs/kernels.json'));
  const files = [going.headers, going.common].map((name) => debs[name].file);
  // The image's .deb is not at hand: the removed image comes back from dpkg's point of view by its headers' files only.
  await machine.root.run([
    'sh',
    '-c',
    'mkdir -p "$1/kernel" && touch "/boot/vmlinuz-$2"',
    'image',
    `/lib/modules/${going.release}`,
    going.release,
  ]);
  const { stderr } = await machine.root.run(['dpkg', '--install', '--force-depends', ...files]);
  expect(stderr.match(/kmodsmith: building/g)).toHaveLength(1);
  expect(await machine.root.exists(installedPath(machine, going))).toBe(true);
});

test('the module is removed by hand: nothing of it is left, its source is', async () => {
  const { machine, going, staying } = await openWithHeaders();
  await using _machine = machine;
  await machine.root.run(['kmodsmith', 'remove', `v4l2loopback/${machine.module.version}`]);
  for (const kernel of [going, staying]) await expectGone(machine, kernel);
  expect(await machine.root.list('/var/lib/dkms')).toEqual([]);
  expect(await machine.root.exists(`/usr/src/v4l2loopback-${machine.module.version}/dkms.conf`)).toBe(true);
  expect(await machine.root.read(`/lib/modules/${staying.release}/modules.dep`)).not.toContain(
    'v4l2loopback',
  );
});
