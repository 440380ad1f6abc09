import { describe, expect, it } from 'vitest';
import { parseKernelConfig } from '../../../src/formats/kernel-config.ts';
import { elfKindOf } from '../../../src/formats/kernel-machine.ts';
import { exportersOf, indexedModules, moduleName } from '../../../src/formats/module-index.ts';
import { isWholeSymvers } from '../../../src/formats/module-symvers.ts';

describe('the index of modules', () => {
  const dep = 'kernel/fs/a.ko.xz: kernel/lib/b.ko.xz\nupdates/dkms/c-d.ko:\n/srv/e.ko: x.ko\n';
  it('lists the files', () => {
    expect(indexedModules(dep)).toEqual(['kernel/fs/a.ko.xz', 'updates/dkms/c-d.ko', '/srv/e.ko']);
    expect(indexedModules('')).toEqual([]);
  });

  it('names who exports a symbol', () => {
    const symbols = '# Aliases\nalias symbol:one a_b\nalias symbol:two c-d\nalias symbol:three e\n';
    expect([...exportersOf(symbols, new Set(['one', 'two', 'four']))]).toEqual(['a_b', 'c_d']);
    expect(exportersOf(symbols, new Set()).size).toBe(0);
  });

  it.each(['/lib/x/a-b.ko.xz', 'a-b.ko', 'a_b', 'x/a-b'])('knows a module by %s', (file) => {
    expect(moduleName(file)).toBe('a_b');
  });
});

describe('isWholeSymvers', () => {
  const kernel = '0x1\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n';
  const driver = '0x2\tusb\tdrivers/usb/core\tEXPORT_SYMBOL_GPL\t\n';
  it.each([
    { what: 'of kernel and modules', text: kernel + driver, whole: true },
    { what: 'of the kernel alone', text: kernel, whole: false },
    { what: 'of modules alone, as an out-of-tree build leaves it', text: driver, whole: false },
    { what: 'that is cut off', text: kernel + driver.slice(0, -1), whole: false },
    { what: 'that is empty', text: '', whole: false },
  ])('a table $what: $whole', ({ text, whole }) => {
    expect(isWholeSymvers(text)).toBe(whole);
  });
});

describe('elfKindOf', () => {
  it.each([
    ['CONFIG_X86_64=y\nCONFIG_64BIT=y', { machine: 62, class: 64, littleEndian: true }],
    ['CONFIG_X86_32=y', { machine: 3, class: 32, littleEndian: true }],
    ['CONFIG_ARM64=y\nCONFIG_CPU_BIG_ENDIAN=y', { machine: 183, class: 64, littleEndian: false }],
    ['CONFIG_RISCV=y\nCONFIG_64BIT=y', { machine: 243, class: 64, littleEndian: true }],
    ['CONFIG_RISCV=y', { machine: 243, class: 32, littleEndian: true }],
    ['CONFIG_S390=y\nCONFIG_64BIT=y', { machine: 22, class: 64, littleEndian: false }],
    ['CONFIG_PPC64=y\nCONFIG_CPU_LITTLE_ENDIAN=y', { machine: 21, class: 64, littleEndian: true }],
    ['CONFIG_PPC64=y\nCONFIG_CPU_BIG_ENDIAN=y', { machine: 21, class: 64, littleEndian: false }],
    ['CONFIG_MODULES=y', undefined],
  ])('%j', (config, expected) => {
    expect(elfKindOf(parseKernelConfig(config))).toEqual(expected);
  });
});
