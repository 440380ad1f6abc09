import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseModuleSymvers, symbolVersions } from '../../../src/formats/module-symvers.ts';

// Lines of the 6.12.117+deb13-amd64 headers.
const specimen = [
  '0xf7370f56\tsystem_state\tvmlinux\tEXPORT_SYMBOL\t',
  '0xbea5ff1e\tstatic_key_initialized\tvmlinux\tEXPORT_SYMBOL_GPL\t',
  '0x12345678\tdma_buf_get\tdrivers/dma-buf/dma-buf\tEXPORT_SYMBOL_GPL\tDMA_BUF',
  '',
].join('\n');

describe('parseModuleSymvers', () => {
  it('parses the five columns', () => {
    expect([...parseModuleSymvers(specimen)]).toEqual([
      ['system_state', { crc: '0xf7370f56', module: 'vmlinux', export: 'EXPORT_SYMBOL', namespace: '' }],
      [
        'static_key_initialized',
        { crc: '0xbea5ff1e', module: 'vmlinux', export: 'EXPORT_SYMBOL_GPL', namespace: '' },
      ],
      [
        'dma_buf_get',
        {
          crc: '0x12345678',
          module: 'drivers/dma-buf/dma-buf',
          export: 'EXPORT_SYMBOL_GPL',
          namespace: 'DMA_BUF',
        },
      ],
    ]);
  });

  it.each([
    ['0x1\tfoo\tvmlinux\tEXPORT_SYMBOL', ''],
    ['0x1\tfoo\tvmlinux\tEXPORT_SYMBOL\tNS', 'NS'],
    ['0x1\tfoo\tNS\tvmlinux\tEXPORT_SYMBOL', 'NS'],
    ['0x1\tfoo\t\tvmlinux\tEXPORT_SYMBOL', ''],
  ])('parses the form of every kernel: %j', (line, namespace) => {
    const expected = { crc: '0x1', module: 'vmlinux', export: 'EXPORT_SYMBOL', namespace };
    expect(parseModuleSymvers(line).get('foo')).toEqual(expected);
  });

  it('leaves out other lines', () => {
    const text = 'rubbish\n\n0x1\tno\n0x1\tthree\tvmlinux\nx\ty\tz\tEXPORT_SYMBOL\n\t\t\t\n0x1\t\tv\tE\n';
    expect(parseModuleSymvers(text).size).toBe(0);
  });

  it('takes the first of two equal symbols', () => {
    const text = '0x1\tfoo\tvmlinux\tEXPORT_SYMBOL\n0x2\tfoo\tother\tEXPORT_SYMBOL\n';
    expect(parseModuleSymvers(text).get('foo')?.crc).toBe('0x1');
  });

  it('reads a whole kernel fast', () => {
    const row = (index: number): string => `0x0000${1000 + index}\tsymbol_${index}\tvmlinux\tEXPORT_SYMBOL\t`;
    const text = Array.from({ length: 27_000 }, (_, index) => row(index)).join('\n');
    const start = performance.now();
    expect(parseModuleSymvers(text).size).toBe(27_000);
    // 15 to 30 ms on the reference machine; the bound leaves room for one that is very busy.
    expect(performance.now() - start).toBeLessThan(3000);
  });
});

describe('symbolVersions', () => {
  it('finds the wanted symbols only', () => {
    const found = symbolVersions(specimen, new Set(['dma_buf_get', 'missing']));
    expect([...found.keys()]).toEqual(['dma_buf_get']);
  });

  it('finds nothing when nothing is wanted', () => {
    expect(symbolVersions(specimen, new Set()).size).toBe(0);
  });

  it('agrees with the whole map on any text', () => {
    const cell = fc.constantFrom<string>('0x1', 'a', 'b', 'vmlinux', 'EXPORT_SYMBOL', '');
    const line = fc.array(cell, { maxLength: 6 }).map((cells) => cells.join('\t'));
    fc.assert(
      fc.property(fc.array(line), fc.uniqueArray(cell), (lines, wanted) => {
        const text = lines.join('\n');
        const all = [...parseModuleSymvers(text)].filter(([name]) => wanted.includes(name));
        expect([...symbolVersions(text, new Set(wanted))]).toEqual(all);
      }),
    );
  });

  it('takes linear time for lines without tabs', () => {
    const start = performance.now();
    symbolVersions('x\n'.repeat(1_000_000), new Set(['a']));
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
