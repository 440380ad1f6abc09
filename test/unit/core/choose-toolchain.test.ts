import { expect, it } from 'vitest';
import { chooseToolchain } from '../../../src/core/build/choose-toolchain.ts';
import type { KernelTree } from '../../../src/core/kernels.ts';
import { detectDistribution } from '../../../src/distros/index.ts';
import { KmodsmithError } from '../../../src/errors.ts';
import { parseKernelConfig } from '../../../src/formats/kernel-config.ts';
import { run } from '../../../src/system/exec.ts';

const { stdout } = await run(['gcc', '-dumpversion']);
const installed = Number.parseInt(stdout, 10);

/** A kernel whose config says so. */
const treeOf = (...lines: string[]): KernelTree => ({
  release: '6.12',
  path: '/nonexistent',
  includedTrees: [],
  config: { path: '/nonexistent/.config', settings: parseKernelConfig(lines.join('\n')) },
});

const gcc = (major: number, program = 'gcc') =>
  treeOf(`CONFIG_CC_VERSION_TEXT="${program} (Some) ${major}.1.0"`, `CONFIG_GCC_VERSION=${major}0100`);

const choose = (tree: KernelTree, { distribution = 'debian', anyVersion = false } = {}) =>
  chooseToolchain({
    tree,
    distribution: detectDistribution({ id: distribution, idLike: [] }),
    anyVersion,
  }).catch((error: unknown) => {
    if (error instanceof KmodsmithError) return error;
    throw error;
  });

it('takes the one that the kernel names, of the same major version', async () => {
  expect(await choose(gcc(installed))).toEqual({
    environment: { CC: 'gcc', KERNEL_CC: 'gcc' },
    makeWords: [],
  });
});

it('takes another name of the same version', async () => {
  const found = await choose(gcc(installed, 'sparc64-gcc-99'));
  expect(found).toMatchObject({ environment: { CC: expect.stringMatching(/^gcc/) } });
});

it.each([
  ['debian', 'the package gcc-77'],
  ['fedora', 'the package gcc.'],
  ['opensuse-tumbleweed', 'the package gcc77'],
  ['gentoo', 'Install it.'],
])('another version is an error that names the package: %s', async (distribution, says) => {
  const error = await choose(gcc(77), { distribution });
  expect(error).toMatchObject({
    code: 'TOOLCHAIN_MISSING',
    message:
      'modules for 6.12 cannot be built: gcc 77, by which the kernel was built, is not installed; gcc is of another version',
  });
  expect((error as KmodsmithError).hint).toContain(says);
});

it('another version will do where the policy says so', async () => {
  expect(await choose(gcc(77), { anyVersion: true })).toMatchObject({ environment: { CC: 'gcc' } });
});

it('one of another kind never does', async () => {
  const clang = [
    'CONFIG_CC_VERSION_TEXT="clang version 3.1.0"',
    'CONFIG_CC_IS_CLANG=y',
    'CONFIG_CLANG_VERSION=30100',
  ];
  const error = await choose(treeOf(...clang), { anyVersion: true });
  // No machine that these tests run on has so old a clang; one that has another takes it.
  if (error instanceof KmodsmithError) {
    expect(error.message).toContain('clang 3, by which the kernel was built, is not installed');
    expect(error.hint).toContain('the package clang-3.');
  } else expect(error.makeWords).toEqual([expect.stringMatching(/^LLVM=(1|-\d+)$/)]);
});

it('asks the kernel’s own config, whatever a command line gives', async () => {
  const { config: own, ...tree } = gcc(77);
  const given = { ...tree, ...(own && { own }), config: gcc(installed).config } as KernelTree;
  expect(await choose(given)).toMatchObject({ code: 'TOOLCHAIN_MISSING' });
});

it('leaves it to make where the config says nothing', async () => {
  expect(await choose(treeOf('CONFIG_SMP=y'))).toEqual({ environment: {}, makeWords: [] });
});
