import { expect, it } from 'vitest';
import { toolchainFor } from '../../../src/apply/toolchain-for.ts';
import type { KernelTree } from '../../../src/core/kernels.ts';
import { detectDistribution } from '../../../src/distros/index.ts';
import { parseKernelConfig } from '../../../src/formats/kernel-config.ts';

/** Of a kernel whose compiler nobody has. */
const tree: KernelTree = {
  release: '6.12',
  path: '/nonexistent',
  includedTrees: [],
  config: {
    path: '/nonexistent/.config',
    settings: parseKernelConfig('CONFIG_CC_VERSION_TEXT="gcc (Some) 77.1.0"\nCONFIG_GCC_VERSION=770100\n'),
  },
};

const debian = detectDistribution({ id: 'debian', idLike: [] });

it("compiler = 'same-major' is an error where there is none", async () => {
  await expect(toolchainFor(debian)(tree, 'same-major')).rejects.toMatchObject({
    code: 'TOOLCHAIN_MISSING',
    hint: expect.stringContaining("compiler = 'any'"),
  });
});

it("compiler = 'any' takes what there is, also where another module wants the right one", async () => {
  const choose = toolchainFor(debian);
  await expect(choose(tree, 'same-major')).rejects.toThrow('gcc 77');
  await expect(choose(tree, 'any')).resolves.toMatchObject({ environment: { CC: 'gcc' } });
});

it('is asked once for each kernel', async () => {
  const choose = toolchainFor(debian);
  expect(choose(tree, 'any')).toBe(choose(tree, 'any'));
});
