import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listReleases, readKernel, readKernelTree } from '../../../src/core/kernels.ts';
import { detectDistribution } from '../../../src/distros/index.ts';
import { addKernel, makeMachine, release, tree } from './machine.ts';

const debian = detectDistribution({ id: 'debian', idLike: [] });

async function kernelOf({ layout }: ReturnType<typeof makeMachine>, name = release) {
  return readKernel(layout, await readKernelTree(layout, name), debian);
}

it('a kernel with image and headers is ready, its build link resolved below the root', async () => {
  const machine = makeMachine();
  expect(await kernelOf(machine)).toMatchObject({ release, image: 'present', headers: { state: 'ready' } });
  expect((await readKernelTree(machine.layout, release)).path).toBe(`${machine.scratch.path}/${tree}`);
});

describe('headers', () => {
  it.each([
    'Makefile',
    'Module.symvers',
    'include/generated/autoconf.h',
    'include/generated/utsrelease.h',
    'scripts/basic/fixdep',
    'scripts/mod/modpost',
  ])('without %s say so', async (piece) => {
    const machine = makeMachine();
    rmSync(`${machine.scratch.path}/${tree}/${piece}`);
    const why = `${machine.scratch.path}/${tree}/${piece} is missing`;
    expect((await kernelOf(machine)).headers).toEqual({ state: 'unusable', why });
  });

  it.each([
    {
      what: 'a config',
      spoil: (path: string) => rmSync(`${path}/.config`),
      why: 'TREE holds no kernel config',
    },
    {
      what: 'a readable config',
      spoil: (path: string) => {
        rmSync(`${path}/.config`);
        mkdirSync(`${path}/.config`);
      },
      why: 'TREE holds no kernel config',
    },
    {
      what: 'the tree that the build link leads to',
      spoil: (path: string) => rmSync(path, { recursive: true }),
      why: "TREE is not there, although the kernel's build link leads to it",
    },
    {
      what: 'the common headers',
      spoil: (path: string) => writeFileSync(`${path}/Makefile`, 'include /usr/src/common/Makefile\n'),
      why: 'ROOT/usr/src/common, which TREE/Makefile includes, is missing',
    },
    {
      what: 'their own release',
      spoil: (path: string) =>
        writeFileSync(`${path}/include/generated/utsrelease.h`, '#define UTS_RELEASE "6.1"'),
      why: 'TREE is for the kernel 6.1',
    },
  ])('without $what say so', async ({ spoil, why }) => {
    const machine = makeMachine();
    const path = `${machine.scratch.path}/${tree}`;
    spoil(path);
    const expected = why.replace('TREE', path).replace('TREE', path).replace('ROOT', machine.scratch.path);
    expect((await kernelOf(machine)).headers).toEqual({ state: 'unusable', why: expected });
  });

  it('are absent without a build link', async () => {
    const machine = makeMachine();
    rmSync(`${machine.scratch.path}/lib/modules/${release}/build`);
    expect((await kernelOf(machine)).headers).toEqual({
      state: 'absent',
      package: `linux-headers-${release}`,
    });
  });

  it('may be a folder instead of a link', async () => {
    const machine = makeMachine();
    const { path } = machine.scratch;
    rmSync(`${path}/lib/modules/${release}/build`);
    symlinkSync(`../../../${tree}`, `${path}/lib/modules/${release}/build`);
    expect((await kernelOf(machine)).headers).toEqual({ state: 'ready' });
  });
});

describe('the image', () => {
  it.each<{ what: string; file: string; image: string }>([
    { what: 'in /boot', file: `boot/vmlinuz-${release}`, image: 'present' },
    { what: 'uncompressed in /boot', file: `boot/vmlinux-${release}`, image: 'present' },
    { what: 'among its modules', file: `lib/modules/${release}/vmlinuz`, image: 'present' },
    { what: 'known by its modules only', file: `lib/modules/${release}/kernel/fs/x.ko`, image: 'present' },
    { what: 'of another kernel', file: 'boot/vmlinuz-6.12.1', image: 'absent' },
    { what: 'not made by leftovers', file: `lib/modules/${release}/modules.order`, image: 'absent' },
    {
      what: 'not made by our own modules',
      file: `lib/modules/${release}/updates/dkms/x.ko`,
      image: 'absent',
    },
    { what: 'not made by a folder', file: `lib/modules/${release}/kernel/../x`, image: 'absent' },
  ])('$what', async ({ file, image }) => {
    const machine = makeMachine();
    rmSync(`${machine.scratch.path}/boot`, { recursive: true });
    machine.scratch.folder(`lib/modules/${release}/kernel`);
    machine.scratch.write(file, '');
    expect((await kernelOf(machine)).image).toBe(image);
  });
});

it('a kernel of which nothing is left has no time of change', async () => {
  const machine = makeMachine();
  expect(await kernelOf(machine, '5.0-gone')).toMatchObject({
    image: 'absent',
    headers: { state: 'absent', package: expect.stringContaining('linux-headers-') },
    changedAt: 0,
  });
  expect((await kernelOf(machine)).changedAt).toBeGreaterThan(Date.now() - 60_000);
});

it('lists folders with the name of a release only', async () => {
  const { scratch, layout } = makeMachine();
  addKernel(scratch, '6.1~rc1+b2');
  for (const name of ['.hidden', 'bad name', '-x']) scratch.folder(`lib/modules/${name}`);
  scratch.write('lib/modules/file', '');
  expect(await listReleases(layout)).toEqual([release, '6.1~rc1+b2']);
});
