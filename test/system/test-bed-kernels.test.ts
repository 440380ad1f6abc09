import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { scratchDirectory } from '../support/cache.ts';
import { installHeaders, readKernels, type TestKernel } from '../support/kernels.ts';
import { bootRoot } from '../support/qemu.ts';
import { repackDeb } from '../support/repack.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

function first(kernels: readonly TestKernel[]): TestKernel {
  const [kernel] = kernels;
  if (kernel === undefined) throw new Error('no kernel');
  return kernel;
}

test.for(['trixie-kernels', 'bookworm-kernels'] as const)(
  '%s has real kernels and headers at hand',
  async (name) => {
    await using root = await openRoot(name);
    const { kernels, debs } = await readKernels(root);
    expect(await root.list('/usr/lib/modules')).toEqual(kernels.map((kernel) => kernel.release).sort());
    expect(kernels).toHaveLength(name === 'trixie-kernels' ? 2 : 1);
    for (const kernel of kernels) {
      expect(await root.exists(`/boot/initrd.img-${kernel.release}`)).toBe(true);
      expect(await root.exists(`/usr/src/${kernel.headers}`)).toBe(false);
      await installHeaders(root, kernel);
      expect(await root.exists(`/lib/modules/${kernel.release}/build/Makefile`)).toBe(true);
    }
    expect(Object.keys(debs)).toEqual(expect.arrayContaining(['dkms', 'v4l2loopback-dkms']));
    await root.run(['apt-get', 'install', '--simulate', debs['dkms']?.file ?? '']);
  },
);

test('repacked headers upgrade under the same name, with other contents', async () => {
  const scratch = await scratchDirectory('memory');
  onTestFinished(() => rm(scratch, { recursive: true, force: true }));
  await using root = await openRoot('trixie-kernels');
  const { kernels, debs } = await readKernels(root);
  const kernel = first(kernels);
  await installHeaders(root, kernel);
  const changed = `usr/src/${kernel.headers}/Makefile`;
  const version = (old: string) => `${old}+test1`;
  for (const name of [kernel.headers, kernel.common]) {
    const deb = join(scratch, `${name}.deb`);
    await root.copyOut(debs[name]?.file ?? name, deb);
    const edit = async (tree: string) => {
      if (name === kernel.headers) await writeFile(join(tree, changed), '# changed\n', { flag: 'a' });
    };
    const dependencies = { [kernel.common]: version(kernel.version) };
    await root.copyIn(await repackDeb(deb, { version, dependencies, edit }, scratch), `/srv/${name}.deb`);
  }
  const upgrade = await root.run([
    'apt-get',
    'install',
    `/srv/${kernel.headers}.deb`,
    `/srv/${kernel.common}.deb`,
  ]);
  expect(upgrade.stdout).toContain('2 upgraded, 0 newly installed');
  const status = await root.run(['dpkg', '-s', kernel.headers]);
  expect(status.stdout).toContain(`\nVersion: ${kernel.version}+test1\n`);
  expect(await root.read(`/${changed}`)).toMatch(/# changed\n$/);
  expect((await root.run(['dpkg', '--verify', kernel.headers, kernel.common])).stdout).toBe('');
});

test.for(['trixie-kernels', 'bookworm-kernels'] as const)(
  'a kernel of %s boots and loads a module',
  async (name) => {
    await using root = await openRoot(name);
    const kernel = first((await readKernels(root)).kernels).release;
    const commands = 'uname -r\nmodprobe -v videodev && lsmod\nmodinfo -F vermagic videodev\nexit 7';
    const { output, exitCode } = await bootRoot(root, { kernel, commands, modules: ['videodev'] });
    expect(output.split('\n')[0]).toBe(kernel);
    expect(output).toMatch(/^insmod \/lib\/modules\/.*videodev\.ko/m);
    expect(output).toMatch(/^videodev +\d+/m);
    expect(output.split('\n')).toContainEqual(expect.stringContaining(`${kernel} SMP`));
    expect(exitCode).toBe(7);
  },
);

test('a machine that does not come up is an error with its console', async () => {
  await using root = await openRoot('trixie-kernels');
  const kernel = first((await readKernels(root)).kernels).release;
  const boot = bootRoot(root, { kernel, commands: 'true', kernelArguments: ['rdinit=/nothing'] });
  await expect(boot).rejects.toThrow(/Kernel panic/);
});
