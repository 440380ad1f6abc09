import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unpackArchive } from '../../../src/core/archive/unpack.ts';
import { makeScratchFolder, type ScratchFolder } from '../../support/scratch-folder.ts';
import { paxRecord, type TarMember, tarBytes } from '../../support/tar.ts';

const source: readonly TarMember[] = [
  { name: './', type: '5', mode: 0o755 },
  { name: './dkms.conf', content: 'PACKAGE_NAME=toy\n' },
];

describe('an archive of a module', () => {
  it('is unpacked with content, times, and modes that let nobody else write', async () => {
    const { folder } = await unpack([
      ...source,
      { name: 'src/', type: '5', mode: 0o2777 },
      { name: 'src/run.sh', content: 'true', mode: 0o6777, modified: 1_500_000_000 },
      { name: 'deep/er/a.c', content: 'x'.repeat(70_000), mode: 0 },
    ]);
    expect(readFileSync(join(folder, 'dkms.conf'), 'utf8')).toBe('PACKAGE_NAME=toy\n');
    expect(statSync(join(folder, 'src/run.sh')).mtimeMs).toBe(1_500_000_000_000);
    expect(modes(folder, ['src', 'src/run.sh', 'deep/er/a.c'])).toEqual(['755', '755', '400']);
    expect(statSync(join(folder, 'deep/er/a.c')).size).toBe(70_000);
    expect(modes(folder, ['.'])).toEqual(['700']);
  });

  it('may have links that stay inside, long names in either form, and odd but harmless names', async () => {
    const long = `${'d'.repeat(90)}/${'f'.repeat(90)}.c`;
    const { folder, links } = await unpack([
      ...source,
      { name: 'a/b/file', content: 'one' },
      { name: 'a/b/up', type: '2', target: '../../dkms.conf' },
      { name: 'a/dangling', type: '2', target: 'b/nothing' },
      { name: 'twin', type: '1', target: './a/b/file' },
      { name: long, content: 'gnu' },
      { name: `pax/${long}`, content: 'pax', pax: true },
      { name: 'with space; $(and) "more" ü', content: '' },
    ]);
    expect(readFileSync(join(folder, 'a/b/up'), 'utf8')).toBe('PACKAGE_NAME=toy\n');
    expect(readlinkSync(join(folder, 'a/dangling'))).toBe('b/nothing');
    expect(readFileSync(join(folder, 'twin'), 'utf8')).toBe('one');
    expect([
      readFileSync(join(folder, long), 'utf8'),
      readFileSync(join(folder, 'pax', long), 'utf8'),
    ]).toEqual(['gnu', 'pax']);
    expect(links.map(({ path }) => path)).toEqual(['a/b/up', 'a/dangling']);
  });

  it.each(['gzip', 'bzip2', 'xz', 'zstd', 'lzma'])(
    'is read when %s compressed it, whatever its name',
    async (program) => {
      const scratch = makeScratchFolder();
      const argv = program === 'lzma' ? ['xz', '--format=lzma', '-c'] : [program, '-c'];
      const { stdout } = spawnSync(argv[0] ?? '', argv.slice(1), { input: tarBytes(source) });
      const { folder } = await unpackFile(scratch, scratch.write('archive.bin', stdout));
      expect(readdirSync(folder)).toEqual(['dkms.conf']);
    },
  );
});

describe('a member that could reach outside', () => {
  const hostile: readonly [string, readonly TarMember[], string][] = [
    ['an absolute path', [{ name: '/etc/evil' }], '/etc/evil'],
    ['..', [{ name: 'a/../../evil' }], 'a/../../evil'],
    ['.. in a long name', [{ name: `${'x/'.repeat(80)}${'../'.repeat(90)}evil` }], 'x/x/'],
    ['.. in a pax header', [{ name: `../${'x'.repeat(150)}`, pax: true }], '../x'],
    ['a link out', [{ name: 'l', type: '2', target: '../../etc' }], 'l'],
    ['an absolute link', [{ name: 'l', type: '2', target: '/etc/shadow' }], 'l'],
    [
      'a link that only a second one turns outwards',
      [
        { name: 'd/l', type: '2', target: '..' },
        { name: 'x', type: '2', target: 'd/l/..' },
      ],
      'x',
    ],
    ['a file below a link', [{ name: 'd', type: '2', target: '.' }, { name: 'd/evil' }], 'd/evil'],
    ['a file in place of a link', [{ name: 'd', type: '2', target: 'e' }, { name: 'd' }], 'd'],
    ['a link in place of a folder', [{ name: 'd/f' }, { name: 'd', type: '2', target: 'e' }], 'd'],
    ['a hard link to outside', [{ name: 'h', type: '1', target: '/etc/shadow' }], 'h'],
    ['a hard link to what is not there', [{ name: 'h', type: '1', target: 'etc/shadow' }], 'h'],
    [
      'a hard link to a link',
      [
        { name: 'd', type: '2', target: 'e' },
        { name: 'h', type: '1', target: 'd' },
      ],
      'h',
    ],
    ['a character device', [{ name: 'dev', type: '3' }], 'dev'],
    ['a block device', [{ name: 'dev', type: '4' }], 'dev'],
    ['a FIFO', [{ name: 'fifo', type: '6' }], 'fifo'],
    ['a sparse file', [{ name: 'sparse', type: 'S', size: 0 }], 'sparse'],
    ['a kind that nobody knows', [{ name: 'odd', type: 'Z' }], 'odd'],
    ['a control character', [{ name: 'a\nb' }], 'a\\nb'],
    ['an escape sequence', [{ name: 'a\u001b[2Jb' }], 'a\\u001b[2Jb'],
    ['a folder as a file', [{ name: '.' }], '.'],
    ['the same name twice', [{ name: 'a' }, { name: './a' }], './a'],
    ['a name that no file system takes', [{ name: `${'n'.repeat(300)}` }], 'nnn'],
  ];

  it.each(hostile)('is refused by name: %s', async (_, members, name) => {
    const scratch = makeScratchFolder();
    const file = scratch.write('in/archive.tar', tarBytes([...source, ...members]));
    const before = readdirSync(scratch.path);
    await expect(unpackFile(scratch, file)).rejects.toMatchObject({
      code: 'ARCHIVE_UNSAFE',
      message: expect.stringContaining(`"${name}`),
    });
    expect(readdirSync(scratch.path)).toEqual([...before, 'out'].sort());
  });
});

describe('a bomb', () => {
  it('ends at the limit of bytes, compressed or not, whatever the headers say', async () => {
    const limits = { members: 10, bytes: 100_000 };
    const zeros = tarBytes([...source, { name: 'zeros', content: Buffer.alloc(5_000_000) }]);
    for (const bytes of [zeros, gzipSync(zeros)]) {
      const scratch = makeScratchFolder();
      const file = scratch.write('bomb', bytes);
      await expect(unpackFile(scratch, file, limits)).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' });
      expect(statSync(join(scratch.path, 'out/zeros')).size).toBeLessThan(100_001);
    }
  });

  it('ends at the limit of members', async () => {
    const members = Array.from({ length: 20 }, (_, index) => ({ name: `f${index}` }));
    await expect(unpack(members, { members: 10, bytes: 2 ** 20 })).rejects.toThrow('more than 10 members');
  });

  it('cannot hide in headers, behind the end, or in a second compression', async () => {
    const limits = { members: 10, bytes: 3_000_000 };
    const header = { name: 'PaxHeader', type: 'x', content: paxRecord('comment', 'x'.repeat(2_000_000)) };
    await expect(unpack([header, ...source], limits)).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' });
    const scratch = makeScratchFolder();
    const padded = scratch.write('padded', Buffer.concat([tarBytes(source), Buffer.alloc(4_000_000)]));
    await expect(unpackFile(scratch, padded, limits)).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' });
    const twice = makeScratchFolder();
    const nested = twice.write(
      'twice',
      gzipSync(gzipSync(tarBytes([{ name: 'x', content: Buffer.alloc(9_999) }]), { level: 0 })),
    );
    await expect(unpackFile(twice, nested, limits)).rejects.toMatchObject({ code: 'NOT_AN_ARCHIVE' });
  });
});

describe('what is no whole archive', () => {
  const whole = tarBytes([...source, { name: 'big', content: Buffer.alloc(3000, 'x') }]);
  const broken: readonly [string, Uint8Array, string][] = [
    ['nothing', new Uint8Array(), 'NOT_AN_ARCHIVE'],
    ['an end alone', tarBytes([]), 'NOT_AN_ARCHIVE'],
    ['text', Buffer.from('hello\n'.repeat(500)), 'NOT_AN_ARCHIVE'],
    ['a short file', Buffer.from('hello'), 'NOT_AN_ARCHIVE'],
    ['compressed text', gzipSync('hello\n'.repeat(500)), 'NOT_AN_ARCHIVE'],
    ['a stump of compressed data', gzipSync(whole).subarray(0, 40), 'ARCHIVE_INVALID'],
    ['compressed data with damage', damage(gzipSync(whole)), 'ARCHIVE_INVALID'],
    ['compressed data that lacks its checksum', gzipSync(whole).subarray(0, -8), 'ARCHIVE_INVALID'],
    [
      'the name of a compression alone',
      Buffer.concat([Buffer.from([0x1f, 0x8b]), deflateRawSync('x')]),
      'ARCHIVE_INVALID',
    ],
    ['a file cut short', whole.subarray(0, 2048), 'ARCHIVE_INVALID'],
    ['an archive without its end', tarBytes(source, { end: false }), 'ARCHIVE_INVALID'],
    [
      'a damaged header',
      Buffer.concat([whole.subarray(0, 512), Buffer.alloc(512, 'x'), whole]),
      'ARCHIVE_INVALID',
    ],
  ];

  it.each(broken)('is said to be none: %s', async (_, bytes, code) => {
    const scratch = makeScratchFolder();
    const file = scratch.write('archive', bytes);
    await expect(unpackFile(scratch, file)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(file),
    });
  });
});

function damage(bytes: Buffer): Buffer {
  const damaged = Buffer.from(bytes);
  damaged.fill(0xff, 20, 40);
  return damaged;
}

function unpack(members: readonly TarMember[], limits?: { members: number; bytes: number }) {
  const scratch = makeScratchFolder();
  return unpackFile(scratch, scratch.write('archive.tar', tarBytes(members)), limits);
}

async function unpackFile(scratch: ScratchFolder, file: string, limits?: { members: number; bytes: number }) {
  const folder = join(scratch.path, 'out');
  mkdirSync(folder, { mode: 0o700 });
  const { links } = await unpackArchive(file, folder, limits);
  return { folder, links };
}

function modes(folder: string, names: readonly string[]): string[] {
  return names.map((name) => (statSync(join(folder, name)).mode & 0o7777).toString(8));
}
