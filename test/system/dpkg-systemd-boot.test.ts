import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { type DebianMachine, installedPath, openMachine, readBuild } from '../support/debian-machine.ts';
import { installHeaders, type TestKernel } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

// The real systemd-boot and kernel-install, on a folder in the place of the EFI system partition.

beforeEach(requireTestBed);

const env = { SYSTEMD_RELAX_ESP_CHECKS: '1', SYSTEMD_ESP_PATH: '/efi' };

let machine: DebianMachine;
let kernel: TestKernel;

beforeAll(async () => {
  if (inject('testBedMissing') !== '') return;
  machine = await openMachine('trixie-systemd-boot-thin');
  kernel = machine.kernels[0] as TestKernel;
  await installHeaders(machine.root, kernel);
  await machine.root.run(['sh', '-c', 'mkdir /efi && systemd-machine-id-setup && bootctl install'], { env });
});
afterAll(() => machine?.[Symbol.asyncDispose]());

const run = async (...argv: string[]) => {
  const { stdout, stderr } = await machine.root.run(argv, { env });
  return stdout + stderr;
};
const entries = async () => (await machine.root.list('/efi/loader/entries')).map((name) => name.slice(33));
const queue = () => machine.root.list('/var/lib/kmodsmith/queue');
const index = () => machine.root.read(`/lib/modules/${kernel.release}/modules.dep`);

test('kernel-install add runs our plugin at once, and those after it', async () => {
  await run('kmodsmith', 'discard', `v4l2loopback/${machine.module.version}`, '-k', kernel.release);
  const said = await run('kernel-install', 'add', kernel.release, `/boot/vmlinuz-${kernel.release}`);
  expect(said).toContain(`kmodsmith: building v4l2loopback ${machine.module.version} for ${kernel.release}`);
  expect(await machine.root.exists(installedPath(machine, kernel))).toBe(true);
  expect(await entries()).toEqual([`${kernel.release}.conf`]);
  expect(await queue()).toEqual([]);
});

test('an upgrade that has its boot entry removed and added builds once, at the end', async () => {
  const before = await readBuild(machine, kernel);
  const said = await run('dpkg-reconfigure', kernel.image);
  expect(said).toContain('in systemd-boot');
  expect(said.match(/kmodsmith: building/g)).toHaveLength(1);
  expect((await readBuild(machine, kernel)).startedAt).toBeGreaterThan(before.startedAt);
  expect(await queue()).toEqual([]);
});

test('an initramfs that we make has its boot entry renewed, which tells us nothing new', async () => {
  await machine.root.write('/etc/initramfs-tools/modules', 'v4l2loopback\n');
  await run('kmodsmith', 'uninstall', `v4l2loopback/${machine.module.version}`, '-k', kernel.release);
  const said = await run('kmodsmith', 'run', '--all');
  expect(said).toMatch(/initramfs of \S+: updated/);
  expect(await queue()).toEqual([]);
  expect(await run('kmodsmith', 'plan')).toContain('Nothing to do.');
});

test('systemd-boot is removed, and says so of every kernel: the modules stay, and can be found', async () => {
  const before = await machine.root.readBytes(installedPath(machine, kernel));
  expect(await index()).toContain('updates/dkms/v4l2loopback.ko');
  const said = await run('dpkg', '--remove', 'systemd-boot');
  expect(said).toContain(`depmod for ${kernel.release}`);
  expect(await machine.root.readBytes(installedPath(machine, kernel))).toEqual(before);
  expect(await index()).toContain('updates/dkms/v4l2loopback.ko');
  expect(await queue()).toEqual([]);
});
