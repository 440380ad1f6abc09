import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moduleCompression, parseKernelConfig } from '../../../src/formats/kernel-config.ts';

// Lines of /boot/config-6.12.117+deb13-amd64.
const config612 = `#
# Automatically generated file; DO NOT EDIT.
#
CONFIG_CC_VERSION_TEXT="x86_64-linux-gnu-gcc-14 (Debian 14.2.0-19) 14.2.0"
CONFIG_AS_VERSION=24400
CONFIG_RUSTC_VERSION=0
CONFIG_LOCALVERSION=""
# CONFIG_LOCALVERSION_AUTO is not set
CONFIG_USB=m
CONFIG_MODULE_SIG_HASH="sha256"
CONFIG_MODULE_COMPRESS=y
# CONFIG_MODULE_COMPRESS_GZIP is not set
CONFIG_MODULE_COMPRESS_XZ=y
# CONFIG_MODULE_COMPRESS_ZSTD is not set
CONFIG_MODULE_COMPRESS_ALL=y
`;

// The same of include/config/auto.conf, which quotes no strings.
const autoConf612 = `CONFIG_MODULE_COMPRESS=y
CONFIG_USB=m
CONFIG_MODULE_SIG_HASH=sha256
CONFIG_RUSTC_VERSION=0
CONFIG_LOCALVERSION=
CONFIG_MODULE_COMPRESS_ALL=y
CONFIG_AS_VERSION=24400
CONFIG_MODULE_COMPRESS_XZ=y
CONFIG_CC_VERSION_TEXT=x86_64-linux-gnu-gcc-14 (Debian 14.2.0-19) 14.2.0
`;

describe('parseKernelConfig', () => {
  it('parses .config', () => {
    const config = parseKernelConfig(config612);
    expect(Object.fromEntries(config)).toEqual({
      CONFIG_CC_VERSION_TEXT: 'x86_64-linux-gnu-gcc-14 (Debian 14.2.0-19) 14.2.0',
      CONFIG_AS_VERSION: '24400',
      CONFIG_RUSTC_VERSION: '0',
      CONFIG_LOCALVERSION: '',
      CONFIG_USB: 'm',
      CONFIG_MODULE_SIG_HASH: 'sha256',
      CONFIG_MODULE_COMPRESS: 'y',
      CONFIG_MODULE_COMPRESS_XZ: 'y',
      CONFIG_MODULE_COMPRESS_ALL: 'y',
    });
  });

  it('gives the same for auto.conf', () => {
    const byName = (text: string): unknown[] => [...parseKernelConfig(text)].sort();
    expect(byName(autoConf612)).toEqual(byName(config612));
  });

  it.each([
    [String.raw`CONFIG_X="a\"b\\c"`, String.raw`a"b\c`],
    ['CONFIG_X="', '"'],
    ['CONFIG_X=0x1000', '0x1000'],
    ['CONFIG_X=y\r', 'y'],
    ['CONFIG_X="n"', 'n'],
    ['CONFIG_X=a=b', 'a=b'],
    ['CONFIG_X=m\nCONFIG_X=y', 'y'],
    ['CONFIG_X=n', undefined],
    ['CONFIG_X=y\nCONFIG_X=n', undefined],
    ['# CONFIG_X is not set', undefined],
    ['#CONFIG_X=y', undefined],
    ['CONFIG_X', undefined],
  ])('reads %j as %j', (text, expected) => {
    expect(parseKernelConfig(text).get('CONFIG_X')).toBe(expected);
  });

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => void moduleCompression(parseKernelConfig(`CONFIG_${text}`))),
    );
  });
});

describe('moduleCompression', () => {
  const on = (...names: string[]): string => names.map((name) => `CONFIG_${name}=y\n`).join('');

  it.each([
    ['6.12 Debian', config612, 'xz'],
    ['6.12 Debian, auto.conf', autoConf612, 'xz'],
    [
      '6.12, only readable',
      `CONFIG_RUSTC_VERSION=0\n${on('MODULE_COMPRESS', 'MODULE_COMPRESS_ZSTD')}`,
      'none',
    ],
    [
      '6.12 zstd',
      `CONFIG_RUSTC_VERSION=108200\n${on('MODULE_COMPRESS', 'MODULE_COMPRESS_ZSTD', 'MODULE_COMPRESS_ALL')}`,
      'zstd',
    ],
    ['6.12 without compression', 'CONFIG_RUSTC_VERSION=0\n', 'none'],
    ['6.1 none', on('MODULE_COMPRESS_NONE'), 'none'],
    ['6.1 zstd', on('MODULE_COMPRESS_ZSTD', 'MODULE_DECOMPRESS'), 'zstd'],
    ['6.1 with a backported RUSTC_VERSION', `CONFIG_RUSTC_VERSION=0\n${on('MODULE_COMPRESS_XZ')}`, 'xz'],
    ['5.4 gzip', on('MODULE_COMPRESS', 'MODULE_COMPRESS_GZIP'), 'gzip'],
    ['5.4 xz', on('MODULE_COMPRESS', 'MODULE_COMPRESS_XZ'), 'xz'],
    ['5.4 without compression', '# CONFIG_MODULE_COMPRESS is not set\n', 'none'],
    ['nothing', '', 'none'],
  ])('%s', (_title, text, expected) => {
    expect(moduleCompression(parseKernelConfig(text))).toBe(expected);
  });
});
