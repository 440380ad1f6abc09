import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordedVariables } from '../../../src/adapters/hook-call.ts';
import { parsePacmanEvent } from '../../../src/adapters/pacman/events.ts';
import { operationEntries } from '../../../src/adapters/pacman/names.ts';

const at = 1_700_000_000_000;
const release = '6.12.1-arch1-1';

const parse = (entry: string, ...args: string[]) =>
  parsePacmanEvent({ adapter: 'pacman', entry, args, env: {}, at });

describe.each(operationEntries)('$entry', ({ entry, stage, operation }) => {
  const transition = operation.toLowerCase();
  const isOver = stage === 'post' && operation !== 'Remove';
  const common = { transition, at, ...(!isOver && { underway: false }) };

  it('tells of images, headers and modules, each by its path', () => {
    const targets = [
      `usr/lib/modules/${release}/build/include/`,
      `usr/lib/modules/${release}/vmlinuz`,
      'usr/src/zfs-2.3.4/dkms.conf',
    ];
    expect(parse(entry, ...targets)).toEqual([
      { subject: 'headers', kernel: release, ...common },
      { subject: 'image', kernel: release, ...common },
      { subject: 'module', module: { name: 'zfs', version: '2.3.4' }, ...common },
    ]);
  });

  it.each([
    [],
    [''],
    ['usr/lib/modules/6.12/kernel/x/vmlinuz'],
    ['usr/lib/modules/../vmlinuz'],
    ['usr/lib/modules/-x/vmlinuz'],
    ['lib/modules/6.12/vmlinuz'],
    ['usr/lib/modules/6.12/build/include'],
    ['usr/lib/modules/6.12/build/include/linux/'],
    ['usr/src/linux/dkms.conf'],
    ['usr/src/zfs-2/x/dkms.conf'],
    ['usr/src/-2/dkms.conf'],
    ['usr/src/zfs-/dkms.conf'],
    ['usr/src/a b-1/dkms.conf'],
    ['usr/src/zfs-2/dkms.conf.pacnew'],
  ])('makes nothing of %j', (...targets) => {
    expect(parse(entry, ...targets)).toMatchObject({ ignored: expect.stringMatching(/^no-target: /) });
  });

  it('goes on with what it knows', () => {
    expect(parse(entry, 'usr/bin/x', `usr/lib/modules/${release}/vmlinuz`)).toHaveLength(1);
  });
});

it('tells every module that a folder may belong to, the longest version first', () => {
  const events = parse('post-install', 'usr/src/8812au-aircrack-5.6-r1/dkms.conf');
  expect(events).toMatchObject([
    { module: { name: '8812au', version: 'aircrack-5.6-r1' } },
    { module: { name: '8812au-aircrack', version: '5.6-r1' } },
    { module: { name: '8812au-aircrack-5.6', version: 'r1' } },
  ]);
});

it.each([
  ['module:foo/1.0-2', { subject: 'module', module: { name: 'foo', version: '1.0-2' } }],
  ['image:6.12.1-toy', { subject: 'image', kernel: '6.12.1-toy' }],
  ['headers:6.12.1-toy', { subject: 'headers', kernel: '6.12.1-toy' }],
])('takes %s for what a package says of itself', (target, told) => {
  expect(parse('post-install', target)).toEqual([{ ...told, transition: 'install', at }]);
  expect(parse('pre-remove', target)).toEqual([{ ...told, transition: 'remove', underway: false, at }]);
});

it.each(['module:foo', 'module:foo/1/2', 'module:../x', 'image:', 'headers:a/b', 'toolkit:x'])(
  'makes nothing of %s',
  (target) => {
    expect(parse('post-install', target)).toEqual({ ignored: `no-target: ${JSON.stringify(target)}` });
  },
);

it('tells of the toolkit by the name of its package', () => {
  expect(parse('post-upgrade', 'kmodsmith')).toEqual([{ subject: 'toolkit', transition: 'upgrade', at }]);
});

it.each([
  { entry: 'run', args: [], chore: 'queue-before-images' },
  { entry: 'images', args: [], chore: 'images' },
  { entry: 'toolkit', args: ['pre_remove'], chore: 'queue' },
])('$entry $args is the chore $chore', ({ entry, args, chore }) => {
  expect(parse(entry, ...args)).toEqual({ chore });
});

it.each([
  { entry: 'toolkit', args: ['post_install'], ignored: 'action-without-effect: "post_install"' },
  { entry: 'toolkit', args: [], ignored: 'action-without-effect: ""' },
  { entry: 'post', args: [], ignored: 'unknown-entry: "post"' },
])('$entry $args is $ignored', ({ entry, args, ignored }) => {
  expect(parse(entry, ...args)).toEqual({ ignored });
});

it('takes any call whatever', () => {
  const piece = fc.constantFrom(
    'usr',
    'src',
    'lib',
    'modules',
    'vmlinuz',
    'dkms.conf',
    '..',
    'a-1',
    '-',
    '',
    'é\n',
  );
  const path = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('/'));
  const entry = fc.constantFrom(...operationEntries.map(({ entry: known }) => known));
  const env = fc.dictionary(fc.constantFrom(...recordedVariables), fc.string());
  fc.assert(
    fc.property(entry, fc.array(path), env, (called, args, variables) => {
      const events = parsePacmanEvent({ adapter: 'pacman', entry: called, args, env: variables, at });
      if ('ignored' in events) expect(events.ignored).toMatch(/^no-target/);
      else if ('chore' in events) expect.unreachable(`${called} tells, it is no chore`);
      else for (const event of events) expect(event.at).toBe(at);
    }),
  );
});
