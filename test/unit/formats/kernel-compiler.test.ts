import { expect, it } from 'vitest';
import { compilerOf } from '../../../src/formats/kernel-compiler.ts';
import { parseKernelConfig } from '../../../src/formats/kernel-config.ts';

const of = (...lines: string[]) => compilerOf(parseKernelConfig(lines.join('\n')));

it('Debian names its compiler by triplet and version', () => {
  const found = of(
    'CONFIG_CC_VERSION_TEXT="x86_64-linux-gnu-gcc-14 (Debian 14.2.0-19) 14.2.0"',
    'CONFIG_CC_IS_GCC=y',
    'CONFIG_GCC_VERSION=140200',
    'CONFIG_LD_IS_BFD=y',
  );
  expect(found).toEqual({
    kind: 'gcc',
    major: '14',
    candidates: ['x86_64-linux-gnu-gcc-14', 'gcc-14', 'gcc', 'x86_64-linux-gnu-gcc'],
    linker: 'bfd',
  });
});

it('Arch and Fedora name it gcc', () => {
  const found = of('CONFIG_CC_VERSION_TEXT="gcc (GCC) 15.1.1 20250425"', 'CONFIG_GCC_VERSION=150101');
  expect(found).toMatchObject({ kind: 'gcc', major: '15', candidates: ['gcc', 'gcc-15'] });
});

it('the text of clang begins with its vendor, and is not taken for a program', () => {
  const found = of(
    'CONFIG_CC_VERSION_TEXT="Debian clang version 19.1.7 (3+b1)"',
    'CONFIG_CC_IS_CLANG=y',
    'CONFIG_CLANG_VERSION=190107',
    'CONFIG_LD_IS_LLD=y',
  );
  expect(found).toEqual({ kind: 'clang', major: '19', candidates: ['clang-19', 'clang'], linker: 'lld' });
});

it('clang may be called by its plain name', () => {
  const found = of(
    'CONFIG_CC_VERSION_TEXT="clang version 20.1.8"',
    'CONFIG_CC_IS_CLANG=y',
    'CONFIG_CLANG_VERSION=200108',
  );
  expect(found?.candidates).toEqual(['clang', 'clang-20']);
});

it('a text that names a path or an option is no program', () => {
  const evil = of('CONFIG_CC_VERSION_TEXT="/tmp/gcc --evil"', 'CONFIG_GCC_VERSION=140200');
  expect(evil?.candidates).toEqual(['gcc-14', 'gcc']);
});

it('a config that says nothing of a compiler wishes for none', () => {
  expect(of('CONFIG_SMP=y')).toBeUndefined();
});
