import { beforeEach, expect, test } from 'vitest';
import { installedPath, openMachine } from '../support/debian-machine.ts';
import { installHeaders, readKernels, type TestKernel } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

test("the tree goes to and fro between us and the distribution's dkms", async () => {
  await using machine = await openMachine('trixie-kernels-thin');
  const { root, module } = machine;
  const kernel = machine.kernels[0] as TestKernel;
  const label = `v4l2loopback/${module.version}`;
  const ours = async () => (await root.run(['kmodsmith', 'status', '-k', kernel.release])).stdout;
  const theirs = async () => (await root.run(['dkms', 'status'])).stdout;

  await root.run(['kmodsmith', 'remove', label]);
  await root.run(['dpkg', '--purge', 'kmodsmith']);
  await root.run(['rm', '-r', `/usr/src/v4l2loopback-${module.version}`]);
  await installHeaders(root, kernel);
  const { debs } = await readKernels(root);
  await root.run([
    'apt-get',
    'install',
    ...['dkms', 'v4l2loopback-dkms'].map((name) => debs[name]?.file ?? name),
  ]);
  expect(await theirs()).toBe(`${label}, ${kernel.release}, x86_64: installed\n`);

  // Taken over as it is, made anew when its kernel moves, and dkms still knows it.
  await root.run(['dpkg', '--install', '/srv/kmodsmith.deb']);
  expect(await ours()).toContain('installed (unknown), stale: nothing is recorded of what it was built from');
  await root.run(['sh', '/etc/kernel/header_postinst.d/kmodsmith', kernel.release]);
  expect(await ours()).toBe(`v4l2loopback ${module.version}, ${kernel.release}: installed (autoinstall)\n`);
  expect(await theirs()).toBe(`${label}, ${kernel.release}, x86_64: installed\n`);

  // Given back: dkms builds over it, and removes it without a trace.
  await root.run(['dkms', 'build', '--force', label, '-k', kernel.release]);
  await root.run(['dkms', 'install', '--force', label, '-k', kernel.release]);
  expect(await ours()).toContain('installed (unknown)');
  await root.run(['dkms', 'remove', label, '--all']);
  expect(await ours()).toBe('No module is registered.\n');
  expect(await root.exists(installedPath(machine, kernel))).toBe(false);
  expect(await root.list('/var/lib/dkms')).toEqual([]);
});
