import { describe, expect, it } from 'vitest';
import { compilerEnvironment, isBuiltByClang } from '../../../src/core/build/compiler-environment.ts';
import { parseKernelConfig } from '../../../src/formats/kernel-config.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

/** A kernel tree with this config; programs that are surely there stand for compilers. */
const environmentOf = (config?: string) =>
  compilerEnvironment({
    release: '6.12',
    path: '/nowhere',
    includedTrees: [],
    ...(config !== undefined && {
      config: { path: '/nowhere/.config', settings: parseKernelConfig(config) },
    }),
  });

const compilerText = (program: string) => `CONFIG_CC_VERSION_TEXT="${program} (Debian 14.2.0-19) 14.2.0"\n`;

describe('the compiler', () => {
  it("is the kernel's own", async () => {
    expect(await environmentOf(compilerText('bash'))).toEqual({ CC: 'bash', KERNEL_CC: 'bash' });
  });

  it.each([undefined, '', 'CONFIG_CC_VERSION_TEXT=""\n', compilerText('no-such-gcc-99')])(
    "is nobody's when the config says %j",
    async (config) => {
      expect(await environmentOf(config)).toEqual({});
    },
  );

  it("is clang's where clang is, else what the config names", async () => {
    const found = await environmentOf(`${compilerText('bash')}CONFIG_CC_IS_CLANG=y\n`);
    expect(['clang', 'bash']).toContain(found['CC']);
    expect(found['KERNEL_CC']).toBe(found['CC']);
  });

  it('may be a path', async () => {
    const program = makeScratchFolder().write('gcc', '#!/bin/sh\n', 0o755);
    expect(await environmentOf(compilerText(program))).toEqual({ CC: program, KERNEL_CC: program });
  });

  it('is not a file that cannot be executed', async () => {
    const program = makeScratchFolder().write('gcc', '', 0o644);
    expect(await environmentOf(compilerText(program))).toEqual({});
  });
});

it('the linker is named only where it is there and the kernel uses it', async () => {
  const found = await environmentOf('CONFIG_LD_IS_LLD=y\n');
  expect([undefined, 'ld.lld']).toContain(found['LD']);
  expect(found['KERNEL_LD']).toBe(found['LD']);
  expect(await environmentOf('CONFIG_LD_IS_BFD=y\n')).toEqual({});
});

it.each([
  { config: 'CONFIG_CC_IS_CLANG=y\n', expected: true },
  { config: '# CONFIG_CC_IS_CLANG is not set\n', expected: false },
  { config: 'CONFIG_CC_IS_GCC=y\n', expected: false },
])('$config: clang $expected', ({ config, expected }) => {
  expect(isBuiltByClang(parseKernelConfig(config))).toBe(expected);
  expect(isBuiltByClang(undefined)).toBe(false);
});
