import { beforeEach, expect, test } from 'vitest';
import { buildPath, type DebianMachine, installedPath, openMachine } from '../support/debian-machine.ts';
import { isWhole, sample } from '../support/extent.ts';
import { readKernels, type TestKernel } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import type { TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

const conf = `PACKAGE_NAME=broken
PACKAGE_VERSION=1.0
BUILT_MODULE_NAME=broken
DEST_MODULE_LOCATION=/updates
AUTOINSTALL=yes
`;

/** Registers a module whose source has a real error in a real kernel module. */
async function addBroken(root: TestRoot): Promise<void> {
  await root.write('/usr/src/broken-1.0/dkms.conf', conf);
  await root.write('/usr/src/broken-1.0/Makefile', 'obj-m := broken.o\n');
  await root.write(
    '/usr/src/broken-1.0/broken.c',
    '#include <linux/module.h>\nint answer = no_such_thing(42);\nMODULE_LICENSE("GPL");\n',
  );
  await root.run(['kmodsmith', 'add', 'broken/1.0']);
}

async function mendBroken(root: TestRoot): Promise<void> {
  await root.write(
    '/usr/src/broken-1.0/broken.c',
    '#include <linux/module.h>\nint answer = 42;\nMODULE_LICENSE("GPL");\n',
  );
}

async function installHeaders({ root }: DebianMachine, kernel: TestKernel, allowFailure = false) {
  const { debs } = await readKernels(root);
  const files = [kernel.headers, kernel.common].map((name) => debs[name]?.file ?? name);
  return root.run(['apt-get', 'install', ...files], { allowFailure });
}

async function packageState({ root }: DebianMachine, name: string): Promise<string> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query(1) writes fields like this
  return (await root.run(['dpkg-query', '--show', '--showformat=${db:Status-Abbrev}', name])).stdout.trim();
}

test('a module that does not compile does not fail apt, and status shows the compiler error', async () => {
  await using machine = await openMachine('trixie-kernels-thin');
  const kernel = machine.kernels[0] as TestKernel;
  const { root } = machine;
  await addBroken(root);
  const { stderr } = await installHeaders(machine, kernel);
  expect(stderr).toContain('failed: broken 1.0');
  expect(stderr.match(/building broken 1.0/g)).toHaveLength(1);
  expect(await packageState(machine, kernel.headers)).toBe('ii');
  expect(await packageState(machine, 'kmodsmith')).toBe('ii');
  const { stdout } = await root.run(['kmodsmith', 'status']);
  expect(stdout).toMatch(/^broken 1\.0, .*: failed \(it was written for another kernel: .*\)$/m);
  expect(stdout).toMatch(/broken\.c:2:\d+: error: .*no_such_thing/);
  expect(await root.exists(installedPath(machine, kernel))).toBe(true);

  const again = await root.run(['kmodsmith', 'run', '--all']);
  expect(again.stdout).toContain('not tried again, nothing has changed since it failed');
  expect(again.stderr).not.toContain('building');

  await mendBroken(root);
  const mended = await root.run(['kmodsmith', 'run', '--all']);
  expect(mended.stdout).toContain('broken 1.0');
  expect(await root.exists(`/lib/modules/${kernel.release}/updates/dkms/broken.ko.xz`)).toBe(true);
  expect((await root.run(['kmodsmith', 'status'])).stdout).not.toContain('failed');
});

const ways = [
  { when: 'transaction-end', failing: 'kmodsmith', other: 'headers' },
  { when: 'immediate', failing: 'headers', other: 'kmodsmith' },
] as const;
test.for(sample(ways, 1))(
  "failure = 'fail', when = $when: the package of $failing fails, and is configured once the module is mended",
  async ({ when, failing, other }) => {
    await using machine = await openMachine('trixie-kernels-thin');
    const kernel = machine.kernels[0] as TestKernel;
    await machine.root.write('/etc/kmodsmith/policy.d/10-admin.toml', `failure = "fail"\nwhen = "${when}"\n`);
    await addBroken(machine.root);
    const { exitCode } = await installHeaders(machine, kernel, true);
    expect(exitCode).not.toBe(0);
    const packages = { headers: kernel.headers, kmodsmith: 'kmodsmith' };
    expect(await packageState(machine, packages[failing])).toBe('iF');
    expect(await packageState(machine, packages[other])).toBe('ii');
    await mendBroken(machine.root);
    await machine.root.run(['dpkg', '--configure', '--pending']);
    expect(await packageState(machine, packages[failing])).toBe('ii');
  },
);

test('while the toolkit is gone its hooks record and fail nothing; back again, it does the work', async () => {
  await using machine = await openMachine('trixie-kernels-thin');
  const kernel = machine.kernels[0] as TestKernel;
  await machine.root.run(['dpkg', '--remove', 'kmodsmith']);
  await installHeaders(machine, kernel);
  expect(await packageState(machine, kernel.headers)).toBe('ii');
  expect(await machine.root.list('/var/lib/kmodsmith/queue')).toHaveLength(1);
  expect(await machine.root.exists(buildPath(machine, kernel))).toBe(false);
  await machine.root.run(['dpkg', '--install', '/srv/kmodsmith.deb']);
  expect(await machine.root.exists(installedPath(machine, kernel))).toBe(true);
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const status = await machine.root.run([...nobody, 'kmodsmith', 'status']);
  expect(status.stdout).toContain(': installed (autoinstall)');
  expect(await machine.root.list('/var/lib/kmodsmith/queue')).toEqual([]);
});

test('a policy with a mistake: hooks go on without that setting, commands name file, line and nearest key', async () => {
  await using machine = await openMachine('trixie-kernels-thin');
  const kernel = machine.kernels[0] as TestKernel;
  await machine.root.write('/etc/kmodsmith/policy.d/10-admin.toml', '# mine\nrefesh = "always"\n');
  const { stderr } = await installHeaders(machine, kernel);
  expect(stderr).toContain('/etc/kmodsmith/policy.d/10-admin.toml:2');
  expect(await machine.root.exists(installedPath(machine, kernel))).toBe(true);
  const status = await machine.root.run(['kmodsmith', 'status'], { allowFailure: true });
  expect(status.exitCode).toBe(3);
  expect(status.stderr).toMatch(/10-admin\.toml:2: refesh: .*refresh/s);
});

if (isWhole) {
  test('an upgrade that does not compile keeps the build that works', async () => {
    await using machine = await openMachine('trixie-kernels-thin');
    const kernel = machine.kernels[0] as TestKernel;
    const { root, module } = machine;
    await installHeaders(machine, kernel);
    const before = await root.readBytes(installedPath(machine, kernel));
    const source = `/usr/src/v4l2loopback-${module.version}/v4l2loopback.c`;
    await root.write(source, `${await root.read(source)}\n#error out of order\n`);
    const { exitCode, stdout } = await root.run(['kmodsmith', 'run', '--all'], { allowFailure: true });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('out of order');
    expect(await root.readBytes(installedPath(machine, kernel))).toEqual(before);
    const status = await root.run(['kmodsmith', 'status']);
    expect(status.stdout).toMatch(
      /installed \(autoinstall\), stale: source v4l2loopback\.c changed since it was built, failed/,
    );
  });

  test('in a plain chroot, as installers and image builds use it, all of it works too', async () => {
    await using machine = await openMachine('trixie-kernels-thin');
    const kernel = machine.kernels[1] as TestKernel;
    const { debs } = await readKernels(machine.root);
    const files = [kernel.headers, kernel.common].map((name) => debs[name]?.file ?? name);
    await machine.root.run(['apt-get', 'install', ...files], { enter: 'chroot' });
    expect(await machine.root.exists(installedPath(machine, kernel))).toBe(true);
  });
}
