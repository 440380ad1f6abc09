import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordedVariables } from '../../../src/adapters/hook-call.ts';
import { parseRpmEvent } from '../../../src/adapters/rpm/events.ts';
import { entries } from '../../../src/adapters/rpm/names.ts';

const at = 1_700_000_000_000;
const release = '6.12.1-200.fc43.x86_64';

const parse = (entry: string, ...args: string[]) =>
  parseRpmEvent({ adapter: 'rpm', entry, args, env: {}, at });

const ignored = (word: string) => ({ ignored: expect.stringMatching(new RegExp(`^${word}: `)) });
const over = { transition: 'remove', underway: false, at };

describe.each([
  ['filetriggerin', { transition: 'upgrade', at }],
  ['transfiletriggerun', over],
] as const)('%s', (entry, common) => {
  it.each([
    [`/lib/modules/${release}/vmlinuz`, 'image', release],
    [`/usr/lib/modules/${release}/vmlinuz`, 'image', release],
    [`/lib/modules/${release}/modules.builtin`, 'image', release],
    [`/boot/vmlinuz-${release}`, 'image', release],
    [`/boot/vmlinux-${release}`, 'image', release],
    [`/lib/modules/${release}/build`, 'headers', release],
    [`/lib/modules/${release}/build/Makefile`, 'headers', release],
    [`/usr/src/kernels/${release}/Makefile`, 'headers', release],
    ['/usr/src/linux-6.4.0-150600.21-obj/x86_64/default/Makefile', 'headers', '6.4.0-150600.21-default'],
  ])('tells of %s', (path, subject, kernel) => {
    expect(parse(entry, path)).toEqual([{ subject, kernel, ...common }]);
  });

  it('tells of modules', () => {
    const module = { name: 'zfs', version: '2.3.4' };
    expect(parse(entry, '/usr/src/zfs-2.3.4/dkms.conf')).toEqual([{ subject: 'module', module, ...common }]);
  });

  it('tells of each once, and goes on with what it knows', () => {
    const paths = [`/boot/vmlinuz-${release}`, '/boot/grub2', `/lib/modules/${release}/vmlinuz`];
    expect(parse(entry, ...paths)).toHaveLength(1);
  });

  it.each([
    [],
    [''],
    ['/lib/modules/6.12/kernel/vmlinuz'],
    ['/lib/modules/../vmlinuz'],
    ['lib/modules/6.12/vmlinuz'],
    ['/boot/vmlinuz-'],
    ['/boot/vmlinuz-a/b'],
    ['/usr/src/kernels/6.12/include/linux/Makefile'],
    ['/usr/src/linux-6.4-obj/x86_64/Makefile'],
    ['/usr/src/linux/dkms.conf'],
    ['/usr/src/zfs-2/x/dkms.conf'],
  ])('makes nothing of %j', (...paths) => {
    expect(parse(entry, ...paths)).toMatchObject(ignored('no-target'));
  });
});

describe('kernel-install', () => {
  it('tells of an image', () => {
    const kernel = release;
    expect(parse('kernel-install', 'add', kernel, '/boot/x', '/lib/modules/x/vmlinuz')).toEqual([
      { subject: 'image', kernel, transition: 'upgrade', at },
    ]);
    expect(parse('kernel-install', 'remove', kernel)).toEqual([{ subject: 'image', kernel, ...over }]);
  });

  it.each([['inspect', release], ['', release], []])('makes nothing of %j', (...args) => {
    expect(parse('kernel-install', ...args)).toMatchObject(ignored('action-without-effect'));
  });

  it('has the queue of its kernel applied', () => {
    expect(parse('kernel-install-run', release)).toEqual({ chore: 'kernel-before-images', kernel: release });
    expect(parse('kernel-install-run', '../x')).toMatchObject(ignored('not-a-kernel-release'));
  });
});

describe("a module's package", () => {
  const module = { name: 'zfs', version: '2.3.4' };
  const told = (scriptlet: string, count: string) => parse('module', 'zfs', '2.3.4', scriptlet, count);

  it.each([
    ['post', '1', { transition: 'install', at }],
    ['post', '2', { transition: 'upgrade', at }],
    ['preun', '0', over],
    ['postun', '0', over],
  ])('%s with %s', (scriptlet, count, common) => {
    expect(told(scriptlet, count)).toEqual([{ subject: 'module', module, ...common }]);
  });

  it.each([
    ['preun', '1'],
    ['postun', '1'],
    ['postun', ''],
    ['pre', '1'],
    ['', ''],
  ])('%s with %s takes nothing away', (scriptlet, count) => {
    expect(told(scriptlet, count)).toMatchObject(ignored('action-without-effect'));
  });

  it('has a name and a version', () => {
    expect(parse('module', '..', '1', 'post', '1')).toMatchObject(ignored('not-a-module'));
  });
});

describe("a kernel's package", () => {
  it.each(['image', 'headers'])('tells of its %s, however many instances there are', (subject) => {
    const told = (scriptlet: string) => parse('kernel', subject, release, scriptlet, '3');
    expect(told('post')).toEqual([{ subject, kernel: release, transition: 'upgrade', at }]);
    expect(told('postun')).toEqual([{ subject, kernel: release, ...over }]);
    expect(told('pretrans')).toMatchObject(ignored('action-without-effect'));
  });

  it('tells nothing else', () => {
    expect(parse('kernel', 'firmware', release, 'post')).toMatchObject(ignored('action-without-effect'));
    expect(parse('kernel', 'image', '-x', 'post')).toMatchObject(ignored('not-a-kernel-release'));
  });
});

it("tells of the toolkit's own package, whose last instance leaves no queue behind", () => {
  expect(parse('toolkit', 'post', '1')).toEqual([{ subject: 'toolkit', transition: 'install', at }]);
  expect(parse('toolkit', 'post', '2')).toEqual([{ subject: 'toolkit', transition: 'upgrade', at }]);
  expect(parse('toolkit', 'preun', '0')).toEqual({ chore: 'queue' });
  expect(parse('toolkit', 'preun', '1')).toMatchObject(ignored('action-without-effect'));
});

it('has chores at the end', () => {
  expect(parse('posttrans')).toEqual({ chore: 'queue' });
  expect(parse('images')).toEqual({ chore: 'images' });
});

it('knows no other entry', () => {
  expect(parse('pre')).toMatchObject(ignored('unknown-entry'));
});

it('never throws, and no event names what is no kernel or module', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('/lib/modules/', '/vmlinuz', '/usr/src/', '/dkms.conf', '/boot/vmlinuz-', 'post', '0'),
  );
  const path = fc.array(text, { maxLength: 4 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.constantFrom(...entries), fc.array(path, { maxLength: 4 }), (entry, args) => {
      const env = Object.fromEntries(recordedVariables.map((name) => [name, args[0] ?? '']));
      const meaning = parseRpmEvent({ adapter: 'rpm', entry, args, env, at });
      if ('ignored' in meaning || 'chore' in meaning) return;
      for (const event of meaning) {
        if ('kernel' in event) expect(event.kernel).not.toMatch(/[/\s]|^[.-]/);
        if ('module' in event) expect(event.module.name).not.toMatch(/[/\s]|^\.+$/);
      }
    }),
  );
});
