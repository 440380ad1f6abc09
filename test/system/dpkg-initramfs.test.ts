import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from 'vitest';
import { scratchDirectory } from '../support/cache.ts';
import { installToolkit } from '../support/install.ts';
import { readKernels, type TestKernel } from '../support/kernels.ts';
import { bootRoot } from '../support/qemu.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';
import { buildSample, openBuildRoot } from '../support/sample-packages.ts';

beforeEach(requireTestBed);

const repackInstalled = fileURLToPath(new URL('../support/repack-installed.sh', import.meta.url));

/** Takes a kernel away that the root came with; its packages are in /srv now, as they come from an archive. */
async function takeAway(root: TestRoot, { image, headers, common }: TestKernel): Promise<string[]> {
  await root.copyIn(repackInstalled, '/srv/repack');
  const file = `/srv/${image}.deb`;
  await root.run(['sh', '/srv/repack', image, file]);
  await root.run(['apt-get', 'purge', image]);
  const { debs } = await readKernels(root);
  return [file, ...[headers, common].map((name) => debs[name]?.file ?? name)];
}

async function copySample(root: TestRoot): Promise<string> {
  const folder = await scratchDirectory('disk');
  await using buildRoot = await openBuildRoot();
  try {
    const file = '/srv/sample-module-dkms.deb';
    await buildRoot.copyOut((await buildSample(buildRoot, '1.0-2')).deb, join(folder, 'sample.deb'));
    await root.copyIn(join(folder, 'sample.deb'), file);
    return file;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('kernel, headers and module come in one transaction: the initramfs has the module that it needs, and loads it', async () => {
  await using root = await openRoot('trixie-kernels-thin');
  const kernel = (await readKernels(root)).kernels.at(-1) as TestKernel;
  const { release } = kernel;
  const packages = [...(await takeAway(root, kernel)), await copySample(root)];
  await installToolkit(root);
  await root.write('/etc/initramfs-tools/modules', 'sample\n');

  const { stdout, stderr } = await root.run(['apt-get', 'install', ...packages]);
  const said = stdout + stderr;
  expect(said.match(/kmodsmith: building sample/g)).toHaveLength(1);
  // Once by the kernel's own hook, whenever it comes, and once more only if the module was not there yet.
  const made = said.match(/update-initramfs: Generating/g) ?? [];
  expect(made.length).toBeLessThanOrEqual(2);

  const initramfs = `/boot/initrd.img-${release}`;
  const commands = 'uname -r && modprobe sample && lsmod && modinfo -F filename sample';
  const booted = await bootRoot(root, { kernel: release, initramfs, commands });
  expect(booted).toMatchObject({ exitCode: 0, output: expect.stringContaining(`${release}\n`) });
  expect(booted.output).toMatch(/^sample +\d+/m);
  expect(booted.output).toMatch(/\/updates\/dkms\/sample\.ko/);
});
