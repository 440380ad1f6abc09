import { beforeEach, expect, test } from 'vitest';
import { installedPath, openMachine, readBuild } from '../support/debian-machine.ts';
import { installHeaders, type TestKernel } from '../support/kernels.ts';
import { bootRoot } from '../support/qemu.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

/** Its header hooks are called without DEB_MAINT_PARAMS, and its modules are not compressed. */
test('bookworm: headers arrive, are reconfigured, and the module loads', async () => {
  await using machine = await openMachine('bookworm-kernels-thin');
  const kernel = machine.kernels[0] as TestKernel;
  await installHeaders(machine.root, kernel);
  const path = installedPath(machine, kernel).replace(/\.xz$/, '');
  const { stdout } = await machine.root.run(['modinfo', '-F', 'vermagic', path]);
  expect(stdout.split(' ')[0]).toBe(kernel.release);
  const before = await readBuild(machine, kernel);
  await machine.root.run(['dpkg-reconfigure', kernel.headers]);
  expect((await readBuild(machine, kernel)).startedAt).toBeGreaterThan(before.startedAt);
  const { output } = await bootRoot(machine.root, {
    kernel: kernel.release,
    modules: ['v4l2loopback'],
    commands: 'modprobe v4l2loopback && lsmod',
  });
  expect(output).toMatch(/^v4l2loopback +\d+/m);
});
