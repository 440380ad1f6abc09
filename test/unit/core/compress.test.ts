import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compressModule } from '../../../src/core/build/compress.ts';
import { run } from '../../../src/system/exec.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

const content = Array.from({ length: 9000 }, (_, index) => `${(index * index) % 9973} module `).join('');
const standard = { gzip: [], xz: ['--check=crc32', '--lzma2=dict=1MiB'], zstd: ['-q', '--rm', '-T0'] };

async function compress(method: 'none' | 'gzip' | 'xz' | 'zstd', options: Partial<typeof standard> = {}) {
  const scratch = makeScratchFolder();
  const path = scratch.write('foo.ko', content);
  const warnings: string[] = [];
  const warn = (problem: string) => warnings.push(problem);
  const file = await compressModule(path, { method, options: { ...standard, ...options }, warn });
  return { scratch, path, file, warnings };
}

describe.each([
  { method: 'gzip', suffix: '.gz', unpack: ['gzip', '-dc'], magic: '1f8b' },
  { method: 'xz', suffix: '.xz', unpack: ['xz', '-dc'], magic: 'fd377a58' },
  { method: 'zstd', suffix: '.zst', unpack: ['zstd', '-dqc'], magic: '28b52ffd' },
] as const)('$method', ({ method, suffix, unpack, magic }) => {
  it('compresses in place', async () => {
    const { scratch, path, file, warnings } = await compress(method);
    expect({ file, warnings }).toEqual({ file: `${path}${suffix}`, warnings: [] });
    expect(readdirSync(scratch.path)).toEqual([`foo.ko${suffix}`]);
    expect(readFileSync(file).toString('hex').startsWith(magic)).toBe(true);
    expect((await run([...unpack, file])).stdout).toBe(content);
  });

  it('makes the same of the same', async () => {
    const [first, second] = [await compress(method), await compress(method)];
    expect(readFileSync(first.file).equals(readFileSync(second.file))).toBe(true);
  });

  it('takes options', async () => {
    const [weak, strong] = [
      await compress(method, { [method]: ['-1'] }),
      await compress(method, { [method]: ['-9'] }),
    ];
    expect([...weak.warnings, ...strong.warnings]).toEqual([]);
    expect(readFileSync(weak.file).equals(readFileSync(strong.file))).toBe(false);
  });

  it('keeps the module and says so when an option is wrong', async () => {
    const { path, file, warnings } = await compress(method, { [method]: ['--no-such-option'] });
    expect(file).toBe(path);
    expect(readFileSync(file, 'utf8')).toBe(content);
    expect(warnings).toEqual([expect.stringMatching(/^could not be compressed: ./)]);
  });

  it('replaces what an earlier try has left', async () => {
    const scratch = makeScratchFolder();
    const path = scratch.write('foo.ko', content);
    scratch.write(`foo.ko${suffix}`, 'half');
    const file = await compressModule(path, { method, options: standard, warn: expect.fail });
    expect((await run([...unpack, file])).stdout).toBe(content);
  });
});

it('does nothing for a kernel without compression', async () => {
  const { path, file, warnings } = await compress('none');
  expect({ file, warnings }).toEqual({ file: path, warnings: [] });
  expect(existsSync(path)).toBe(true);
});

it("xz compresses as the kernel's own unpacker can read", async () => {
  const { file } = await compress('xz');
  const { stdout } = await run(['xz', '--robot', '--list', '-vv', file]);
  expect(stdout).toMatch(/CRC32/);
  expect(stdout).toMatch(/dict=1MiB/);
});
