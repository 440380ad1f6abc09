import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { unpackArchive } from '../../src/core/archive/unpack.ts';
import { KmodsmithError } from '../../src/errors.ts';
import { listBelow } from './list-below.ts';
import { type TarMember, tarBytes } from './tar.ts';

const word = fc.constantFrom(
  'a',
  'b',
  'c',
  'dkms.conf',
  'etc',
  '..',
  '.',
  '',
  'é',
  'x'.repeat(120),
  '\n',
  '\\',
  '-rf',
);
const path = fc
  .array(word, { minLength: 1, maxLength: 5 })
  .map((words) => words.join('/'))
  .chain((text) => fc.constantFrom(text, text, text, `/${text}`, `./${text}`, `${text}/`));

const member: fc.Arbitrary<TarMember> = fc.record(
  {
    name: path,
    type: fc.constantFrom(
      '0',
      '0',
      '0',
      '5',
      '5',
      '2',
      '2',
      '1',
      '3',
      '6',
      '7',
      '\0',
      'S',
      'D',
      'V',
      'g',
      'x',
      'L',
      'K',
    ),
    target: path,
    content: fc.string({ maxLength: 40 }),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    modified: fc.integer({ min: 0, max: 0o77777777777 }),
    pax: fc.boolean(),
  },
  { requiredKeys: ['name', 'type'] },
);

const tamePath = fc
  .array(fc.constantFrom(...'abcdefgh'), { minLength: 1, maxLength: 4 })
  .map((words) => words.join('/'));
const inward = fc
  .tuple(fc.constantFrom('', '', '../', '../../'), tamePath)
  .map(([upwards, below]) => `${upwards}${below}`);

/** Members that are harmless by themselves, so that some archives come through. */
const tame: fc.Arbitrary<TarMember> = fc.oneof(
  {
    arbitrary: fc.record({ name: tamePath, content: fc.string({ maxLength: 40 }), mode: fc.nat(0o7777) }),
    weight: 3,
  },
  { arbitrary: fc.record({ name: tamePath, type: fc.constant('5') }), weight: 1 },
  { arbitrary: fc.record({ name: tamePath, type: fc.constant('2'), target: inward }), weight: 2 },
  { arbitrary: fc.record({ name: tamePath, type: fc.constant('1'), target: tamePath }), weight: 1 },
);

const damage = fc.record({
  at: fc.nat(8192),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
});

/** In one case out of six. */
function sometimes<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ arbitrary: fc.constant(undefined), weight: 5 }, { arbitrary, weight: 1 });
}

/** Archives as nobody should send them: odd names, links, kinds, orders; some cut short or damaged. */
export const hostileArchive: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.oneof(
      fc.array(member, { maxLength: 4 }),
      fc.array(tame, { minLength: 1, maxLength: 5 }),
      fc.array(fc.oneof(member, tame, tame), { maxLength: 8 }),
    ),
    sometimes(fc.nat(6000)),
    sometimes(damage),
  )
  .map(([members, length, change]) => {
    const bytes = tarBytes(members.filter(fits)).subarray(0, length);
    if (change !== undefined && bytes.length > 0)
      bytes.set(change.bytes.subarray(0, bytes.length), change.at % Math.max(1, bytes.length - 12));
    return bytes;
  });

/** Only files have content, or the archive is nonsense from there on. */
function fits({ type = '0', content }: TarMember): boolean {
  return content === undefined || '0\x007gxLK'.includes(type);
}

/** ext4 takes its time to make files where as many were just deleted. */
const memory = '/dev/shm';

const codes = ['ARCHIVE_UNSAFE', 'ARCHIVE_INVALID', 'NOT_AN_ARCHIVE'];

/** A place where archives are unpacked one after the other, with something beside it that must not change. */
export function makeUnpackingSite() {
  const path = realpathSync(mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'kmodsmith-hostile-')));
  const folder = join(path, 'a/b/private');
  writeFileSync(join(path, 'precious'), 'precious');
  const outside = () => listBelow(path).filter((name) => !name.startsWith('a/b/private/'));
  const archive = join(path, 'archive');
  writeFileSync(archive, '');
  mkdirSync(folder, { recursive: true });
  const before = outside().sort();
  return {
    /** Whether it was unpacked; throws for anything that should never happen. */
    async unpack(bytes: Uint8Array): Promise<boolean> {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { mode: 0o700 });
      writeFileSync(archive, bytes);
      const accepted = await unpackArchive(archive, folder, { members: 50, bytes: 200_000 }).then(
        () => true,
        (error: unknown) => refuseUnexpected(error, archive),
      );
      if (outside().sort().join('\n') !== before.join('\n'))
        throw new Error('something came up beside the folder');
      checkContent(folder, folder);
      return accepted;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

function refuseUnexpected(error: unknown, archive: string): false {
  if (!(error instanceof KmodsmithError) || !codes.includes(error.code)) throw error;
  if (!error.message.includes(archive)) throw new Error(`which archive? ${error.message}`);
  if (error.code === 'ARCHIVE_UNSAFE' && !/: "|it holds more than/.test(error.message))
    throw new Error(`which member? ${error.message}`);
  return false;
}

/** Nothing but files, folders and links that lead inside; nobody but us may write, and nothing runs as somebody else. */
function checkContent(folder: string, root: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) checkLink(path, root);
    else if ((lstatSync(path).mode & 0o7022) !== 0) throw new Error(`${path} has a bad mode`);
    else if (entry.isDirectory()) checkContent(path, root);
    else if (!entry.isFile()) throw new Error(`${path} is of a bad kind`);
  }
}

function checkLink(path: string, root: string): void {
  if (!existsSync(path)) return;
  if (!`${realpathSync(path)}/`.startsWith(`${root}/`)) throw new Error(`${path} leads out of the folder`);
}
