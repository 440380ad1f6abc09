import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import {
  buildPath,
  type DebianMachine,
  installedPath,
  openMachine,
  readBuild,
  upgradeHeaders,
} from '../support/debian-machine.ts';
import { isWhole } from '../support/extent.ts';
import { installHeaders, type TestKernel } from '../support/kernels.ts';
import { bootRoot } from '../support/qemu.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

/** One machine through its life: each test goes on where the one before it ended. */
describe('v4l2loopback on a Debian whose headers come and change', () => {
  let machine: DebianMachine;
  let kernel: TestKernel;

  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    machine = await openMachine('trixie-kernels-thin');
    kernel = machine.kernels[0] as TestKernel;
  });
  afterAll(() => machine?.[Symbol.asyncDispose]());

  const plan = (...events: string[]) =>
    machine.root.run(['kmodsmith', 'plan', ...events.flatMap((event) => ['--event', event])]);

  test('without headers the module waits, and status names the package', async () => {
    const { stdout } = await machine.root.run(['kmodsmith', 'status']);
    expect(stdout).toContain(`waiting for the kernel's headers: install ${kernel.headers}`);
    expect(await machine.root.exists(buildPath(machine, kernel))).toBe(false);
  });

  test('apt installs the headers: the module is built and installed by our hook', async () => {
    await installHeaders(machine.root, kernel);
    const path = installedPath(machine, kernel);
    const { stdout } = await machine.root.run(['modinfo', '-F', 'vermagic', path]);
    expect(stdout.split(' ')[0]).toBe(kernel.release);
    expect(await machine.root.read(`/lib/modules/${kernel.release}/modules.dep`)).toContain(
      `updates/dkms/${machine.module.name}.ko.xz`,
    );
    expect(await machine.root.list('/var/lib/kmodsmith/queue')).toEqual([]);
    const status = await machine.root.run(['kmodsmith', 'status']);
    expect(status.stdout).toContain(
      `v4l2loopback ${machine.module.version}, ${kernel.release}: installed (autoinstall)\n`,
    );
    expect(await readBuild(machine, kernel)).toMatchObject({ kernel: { release: kernel.release } });
  });

  test('the module loads into that very kernel', async () => {
    const { output, exitCode } = await bootRoot(machine.root, {
      kernel: kernel.release,
      modules: ['v4l2loopback'],
      commands: 'uname -r && modprobe v4l2loopback && lsmod && modinfo -F filename v4l2loopback',
    });
    expect(exitCode).toBe(0);
    expect(output).toContain(`${kernel.release}\n`);
    expect(output).toMatch(/^v4l2loopback +\d+/m);
    expect(output).toContain('/updates/dkms/v4l2loopback.ko.xz');
  });

  test('a reconcile with nothing to do changes nothing', async () => {
    const before = await readBuild(machine, kernel);
    const { stdout } = await machine.root.run(['kmodsmith', 'run', '--all']);
    expect(stdout).toContain('up to date');
    expect(await readBuild(machine, kernel)).toEqual(before);
  });

  test('dpkg-reconfigure of the headers rebuilds it', async () => {
    const before = await readBuild(machine, kernel);
    const { stderr } = await machine.root.run(['dpkg-reconfigure', kernel.headers]);
    expect(stderr).toContain('rebuilt, the kernel package was reconfigured');
    const after = await readBuild(machine, kernel);
    expect(after.startedAt).toBeGreaterThan(before.startedAt);
    expect(await machine.root.exists(installedPath(machine, kernel))).toBe(true);
  });

  test('a same-name upgrade with an unrelated header changed rebuilds nothing', async () => {
    const before = await readBuild(machine, kernel);
    const header = await findHeader(before, { read: false });
    const said = await upgradeHeaders(machine, kernel, { version: `${kernel.version}+test1`, header });
    expect(said).toContain('2 upgraded');
    expect(said).toContain('up to date, nothing that went into it has changed');
    expect(await readBuild(machine, kernel)).toEqual(before);
    const planned = await plan(`headers:upgrade:${kernel.release}`);
    expect(planned.stdout).toContain('up to date, nothing that went into it has changed');
  });

  test('a same-name upgrade with a header changed that it reads rebuilds it, and says which', async () => {
    const before = await readBuild(machine, kernel);
    const header = await findHeader(before, { read: true });
    const said = await upgradeHeaders(machine, kernel, { version: `${kernel.version}+test2`, header });
    expect(said).toContain(`rebuilt, /usr/src/${kernel.common}/${header} changed since it was built`);
    expect((await readBuild(machine, kernel)).startedAt).toBeGreaterThan(before.startedAt);
    expect((await plan()).stdout).toContain('Nothing to do.');
  });

  if (isWhole)
    test("with refresh = 'always' an unrelated change rebuilds it too", async () => {
      await machine.root.write('/etc/kmodsmith/policy.d/10-admin.toml', 'refresh = "always"\n');
      const before = await readBuild(machine, kernel);
      const header = await findHeader(before, { read: false });
      const said = await upgradeHeaders(machine, kernel, { version: `${kernel.version}+test3`, header });
      expect(said).toContain("the policy says refresh = 'always'");
      expect((await readBuild(machine, kernel)).startedAt).toBeGreaterThan(before.startedAt);
    });

  /** A header of the common package that the compiler read, or one that it did not. */
  async function findHeader(
    { headers }: { headers: readonly { path: string }[] },
    { read }: { read: boolean },
  ) {
    const base = `/usr/src/${kernel.common}/`;
    const names = (await machine.root.list(`${base}include/linux`)).map((name) => `include/linux/${name}`);
    const recorded = new Set(headers.map((file) => file.path));
    const found = names.find((name) => name.endsWith('.h') && recorded.has(base + name) === read);
    if (found === undefined) throw new Error('no such header');
    return found;
  }
});
