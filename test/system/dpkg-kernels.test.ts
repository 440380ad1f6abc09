import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import {
  buildPath,
  type DebianMachine,
  installedPath,
  openMachine,
  readBuild,
} from '../support/debian-machine.ts';
import { sample } from '../support/extent.ts';
import { installHeaders, type TestKernel } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

async function expectGone(machine: DebianMachine, kernel: TestKernel): Promise<void> {
  expect(await machine.root.exists(installedPath(machine, kernel))).toBe(false);
  expect(await machine.root.exists(`/lib/modules/${kernel.release}/updates`)).toBe(false);
  expect(await machine.root.exists(buildPath(machine, kernel))).toBe(false);
  expect(await machine.root.exists(`/var/lib/dkms/v4l2loopback/kernel-${kernel.release}-x86_64`)).toBe(false);
}

/** One machine through its life: each test goes on where the one before it ended. */
describe.each(sample(['transaction-end', 'immediate'], 1))(
  'a Debian with a real module for two real kernels, %s',
  (when) => {
    let machine: DebianMachine;
    let staying: TestKernel;
    let going: TestKernel;

    beforeAll(async () => {
      if (inject('testBedMissing') !== '') return;
      machine = await openMachine('trixie-kernels-thin');
      await machine.root.write('/etc/kmodsmith/policy.d/10-admin.toml', `when = "${when}"\n`);
      [staying, going] = machine.kernels as [TestKernel, TestKernel];
      for (const kernel of [staying, going]) await installHeaders(machine.root, kernel);
    });
    afterAll(() => machine?.[Symbol.asyncDispose]());

    test('headers removed while the image stays: the working module stays', async () => {
      const before = await readBuild(machine, going);
      await machine.root.run(['apt-get', 'remove', going.headers]);
      await machine.root.run(['kmodsmith', 'run', '--all']);
      expect(await readBuild(machine, going)).toEqual(before);
      expect(await machine.root.exists(installedPath(machine, going))).toBe(true);
    });

    test('image and headers removed: its builds go, the other kernel is untouched', async () => {
      await installHeaders(machine.root, going);
      const before = {
        build: await readBuild(machine, staying),
        bytes: await machine.root.readBytes(installedPath(machine, staying)),
      };
      expect(await machine.root.exists(installedPath(machine, going))).toBe(true);
      await machine.root.run(['apt-get', 'remove', going.image, going.headers]);
      await expectGone(machine, going);
      expect(await readBuild(machine, staying)).toEqual(before.build);
      expect(await machine.root.readBytes(installedPath(machine, staying))).toEqual(before.bytes);
      const { stdout } = await machine.root.run(['kmodsmith', 'plan']);
      expect(stdout).toContain('Nothing to do.');
    });

    test('image and headers come back in one transaction: one build', async () => {
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
      await machine.root.run(['kmodsmith', 'remove', `v4l2loopback/${machine.module.version}`]);
      for (const kernel of [going, staying]) await expectGone(machine, kernel);
      expect(await machine.root.list('/var/lib/dkms')).toEqual([]);
      expect(await machine.root.exists(`/usr/src/v4l2loopback-${machine.module.version}/dkms.conf`)).toBe(
        true,
      );
      expect(await machine.root.read(`/lib/modules/${staying.release}/modules.dep`)).not.toContain(
        'v4l2loopback',
      );
    });
  },
);
