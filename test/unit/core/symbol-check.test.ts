import { describe, expect, it, vi } from 'vitest';
import type { SymbolTable } from '../../../src/core/verify/kernel-symbols.ts';
import { describeFault, type ModuleFault } from '../../../src/core/verify/module-faults.ts';
import { type ParsedModule, parseObject } from '../../../src/core/verify/module-needs.ts';
import { checkSymbols, type Offer } from '../../../src/core/verify/symbol-check.ts';
import { parseModuleSymvers } from '../../../src/formats/module-symvers.ts';
import { type ModuleParts, writeModule } from '../formats/module-specimens.ts';

function module(name: string, parts: ModuleParts): ParsedModule {
  const parsed = parseObject({ name, bytes: writeModule(parts) });
  if (parsed === undefined) throw new Error('the specimen is broken');
  return parsed;
}

const table = (lines: Readonly<Record<string, string>>, isWhole = true): SymbolTable => ({
  exported: parseModuleSymvers(
    Object.entries(lines)
      .map(([name, crc]) => `${crc}\t${name}\tvmlinux\tEXPORT_SYMBOL\t\n`)
      .join(''),
  ),
  isWhole,
});

const kernel = table({ printk: '0x00000001', kfree: '0x00000002', module_layout: '0x00000003' });

interface Case {
  readonly what: string;
  readonly parts: ModuleParts;
  readonly symbols?: SymbolTable | undefined;
  readonly offers?: readonly Offer[];
  readonly faults?: readonly ModuleFault[];
}

const clash = (name: string, wanted: number, found: number, by?: string): ModuleFault => ({
  code: 'symbol-versions',
  symbols: [{ name, wanted, found, ...(by !== undefined && { by }) }],
});
const missing = (...symbols: string[]): ModuleFault => ({ code: 'symbols-missing', symbols });
const wanting = (versions: Readonly<Record<string, number>>): ModuleParts => ({
  imports: Object.keys(versions),
  versions,
});
const offer = (symbol: string, crc: number | undefined, by = 'other'): Offer => ({ symbol, crc, by });

const cases: readonly Case[] = [
  { what: 'all as it was built', parts: wanting({ printk: 1, kfree: 2 }) },
  { what: 'another version', parts: wanting({ printk: 9, kfree: 2 }), faults: [clash('printk', 9, 1)] },
  {
    what: 'another version by the lists of Linux 6.14',
    parts: { imports: ['printk'], extendedVersions: { printk: 9 } },
    faults: [clash('printk', 9, 1)],
  },
  {
    what: 'another struct module',
    parts: { versions: { module_layout: 9 } },
    faults: [clash('module_layout', 9, 3)],
  },
  { what: 'a version that nothing imports', parts: { versions: { printk: 9 } } },
  { what: 'no versions in the module', parts: { imports: ['printk'] } },
  {
    what: 'no versions in the kernel',
    parts: wanting({ printk: 9 }),
    symbols: table({ printk: '0x00000000' }),
  },
  { what: 'a symbol that nobody has', parts: { imports: ['printk', 'gone'] }, faults: [missing('gone')] },
  {
    what: 'a symbol that nobody has, with a version',
    parts: wanting({ printk: 1, gone: 5 }),
    faults: [missing('gone')],
  },
  { what: 'a weak symbol that nobody has', parts: { weakImports: ['gone'] } },
  {
    what: 'a weak symbol in another version, which the kernel refuses too',
    parts: { weakImports: ['printk'], versions: { printk: 9 } },
    faults: [clash('printk', 9, 1)],
  },
  {
    what: 'what the linker provides',
    parts: { imports: ['_GLOBAL_OFFSET_TABLE_', '.TOC.', '_savegpr0_14'] },
  },
  { what: 'a table that is not whole', parts: { imports: ['gone'] }, symbols: table({}, false) },
  { what: 'no table at all', parts: wanting({ printk: 9 }), symbols: undefined },
  {
    what: 'a symbol of another module',
    parts: wanting({ theirs: 5 }),
    offers: [offer('theirs', 5)],
  },
  {
    what: 'a symbol of another module that keeps no versions',
    parts: wanting({ theirs: 5 }),
    offers: [offer('theirs', undefined)],
  },
  {
    what: 'another version of a symbol of another module',
    parts: wanting({ theirs: 5 }),
    offers: [offer('theirs', 6)],
    faults: [clash('theirs', 5, 6, 'other')],
  },
  {
    what: 'that also without a table of the kernel',
    parts: wanting({ theirs: 5 }),
    symbols: undefined,
    offers: [offer('theirs', 6)],
    faults: [clash('theirs', 5, 6, 'other')],
  },
  {
    what: "a module's replacement of what the kernel has",
    parts: wanting({ printk: 9 }),
    offers: [offer('printk', 9)],
  },
];

describe('checkSymbols', () => {
  it.each(cases)('$what', async ({ parts, offers = [], faults = [], ...given }) => {
    const symbols = 'symbols' in given ? given.symbols : kernel;
    const one = module('one', parts);
    const found = await checkSymbols([one], symbols, async () => offers);
    expect(found.get(one)).toEqual(faults);
  });

  it('looks nowhere else when the kernel has everything', async () => {
    const search = vi.fn(async () => []);
    await checkSymbols([module('one', wanting({ printk: 1 }))], kernel, search);
    expect(search).not.toHaveBeenCalled();
  });

  it('takes what modules of one package give to each other before it looks elsewhere', async () => {
    const search = vi.fn(async () => []);
    const spl = module('spl', { exports: { spl_init: 7 } });
    const zfs = module('zfs', wanting({ printk: 1, spl_init: 7 }));
    const found = await checkSymbols([zfs, spl], kernel, search);
    expect([...found.values()]).toEqual([[], []]);
    expect(search).not.toHaveBeenCalled();
    const old = module('zfs', wanting({ spl_init: 8 }));
    expect((await checkSymbols([old, spl], kernel, search)).get(old)).toEqual([
      clash('spl_init', 8, 7, 'spl'),
    ]);
    expect(search).toHaveBeenCalledWith({ modules: [old], symbols: new Set(['spl_init']) });
  });
});

describe('describeFault', () => {
  it('names the first few symbols', () => {
    const symbols = Array.from({ length: 8 }, (_, index) => `symbol_${index}`);
    expect(describeFault('foo', { code: 'symbols-missing', symbols })).toMatch(
      /: symbol_0, symbol_1, symbol_2, symbol_3, symbol_4 and 3 more$/,
    );
  });

  it('writes CRCs as Module.symvers does', () => {
    expect(describeFault('foo', clash('printk', 0x12, 0xfedcba98))).toMatch(
      /: printk \(it wants 0x00000012, the kernel has 0xfedcba98\)$/,
    );
  });
});
