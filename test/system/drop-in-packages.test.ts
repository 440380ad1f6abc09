import { beforeEach, expect, test } from 'vitest';
import { installDropIn } from '../support/drop-in.ts';
import { installHeaders, readKernels, type TestKernel } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

/** A system whose dkms is ours, with the shims that packages call and the headers of its kernels. */
async function openSystem(): Promise<{ root: TestRoot; kernels: readonly TestKernel[]; deb: string }> {
  const root = await openRoot('trixie-kernels-thin');
  const { kernels, debs } = await readKernels(root);
  for (const kernel of kernels) await installHeaders(root, kernel);
  await installDropIn(root);
  await root.run(['ln', '-s', '../lib/kmodsmith/cli.js', '/usr/bin/kmodsmith']);
  await root.run(['kmodsmith', 'generate', 'shims', '--output', '/']);
  return { root, kernels, deb: debs['v4l2loopback-dkms']?.file ?? '' };
}

const postinst = '/usr/lib/dkms/common.postinst';

test("a module's package installs, upgrades and goes, by its own maintainer scripts", async () => {
  const { root, kernels, deb } = await openSystem();
  await using _root = root;
  // The package named dkms is what apt would ask for; ours is not packaged yet.
  const install = ['dpkg', '--install', '--force-depends', deb];
  await root.run(install);
  const version = (await root.list('/var/lib/dkms/v4l2loopback')).find((name) => /^\d/.test(name)) ?? '';
  const lines = kernels.map(({ release }) => `v4l2loopback/${version}, ${release}, x86_64: installed\n`);
  expect((await root.run(['dkms', 'status'])).stdout).toBe(lines.sort().join(''));
  for (const { release } of kernels)
    expect(await root.exists(`/lib/modules/${release}/updates/dkms/v4l2loopback.ko.xz`)).toBe(true);

  await root.run(install);
  expect((await root.run(['dkms', 'status'])).stdout).toBe(lines.join(''));

  await root.run(['dpkg', '--purge', '--force-depends', 'v4l2loopback-dkms']);
  expect((await root.run(['dkms', 'status'])).stdout).toBe('');
  for (const { release } of kernels) expect(await root.exists(`/lib/modules/${release}/updates`)).toBe(false);
});

test('common.postinst ends as packages expect it to', async () => {
  const { root, kernels } = await openSystem();
  await using _root = root;
  const run = async (...argv: string[]) => (await root.run(argv, { allowFailure: true })).exitCode;
  const conf = (extra: string) =>
    root.write(
      '/usr/src/toy-1.0/dkms.conf',
      `PACKAGE_NAME=toy\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/updates\n${extra}\n`,
    );
  const status = async () => (await root.run(['dkms', 'status'])).stdout;
  await root.write('/usr/src/toy-1.0/README', '');

  expect(await run(postinst)).toBe(1);
  expect(await run(postinst, 'toy', '2.0', '/usr/share/toy')).toBe(2);
  await conf('AUTOINSTALL=no');
  expect(await run(postinst, 'toy', '1.0', '/usr/share/toy')).toBe(0);
  expect(await status()).toBe('toy/1.0: added\n');
  await conf('AUTOINSTALL=yes\nBUILD_EXCLUSIVE_KERNEL=^1');
  expect(await run(postinst, 'toy', '1.0', '/usr/share/toy')).toBe(0);
  await conf('AUTOINSTALL=yes\nMAKE=false');
  expect(await run(postinst, 'toy', '1.0', '/usr/share/toy', '', '0.9')).toBe(10);
  await root.write('/etc/dkms/no-autoinstall', '');
  expect(await run(postinst, 'toy', '1.0', '/usr/share/toy')).toBe(0);
  await root.run(['rm', '/etc/dkms/no-autoinstall']);

  const autoinstaller = '/usr/lib/dkms/dkms_autoinstaller';
  const [kernel] = kernels;
  expect(await run(autoinstaller, 'start', '5.0-without-headers')).toBe(0);
  expect(await run(autoinstaller, 'start', kernel?.release ?? '')).toBe(1);
  await conf("AUTOINSTALL=yes\nSTRIP=no\nMAKE='echo made > toy.ko'");
  expect(await run(autoinstaller, 'start', kernel?.release ?? '')).toBe(0);
  expect(await status()).toContain(`toy/1.0, ${kernel?.release}, x86_64: installed`);
  expect(await run(autoinstaller, 'stop')).toBe(0);
  expect(await run(autoinstaller, 'frobnicate')).toBe(2);
  await root.run(['rm', '/usr/sbin/dkms']);
  expect(await run(autoinstaller, 'start', kernel?.release ?? '')).toBe(0);
});

test('a package can be installed while the engine is not there', async () => {
  const { root, deb } = await openSystem();
  await using _root = root;
  await root.run(['rm', '/usr/bin/kmodsmith']);
  const { stderr } = await root.run(['dpkg', '--install', '--force-depends', deb]);
  expect(stderr).toContain('builds v4l2loopback once it is');
});
