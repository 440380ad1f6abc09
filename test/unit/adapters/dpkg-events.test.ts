import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDpkgEvent } from '../../../src/adapters/dpkg/events.ts';
import { recordedVariables } from '../../../src/adapters/hook-call.ts';

const kernel = '6.12.107+deb13-amd64';
const at = 1_700_000_000_000;

interface Case {
  entry: string;
  words?: string;
  reconfigure?: string;
  args?: string[];
}

function parse({ entry, words, reconfigure, args = [kernel, `/boot/vmlinuz-${kernel}`] }: Case) {
  const env = {
    ...(words !== undefined && { DEB_MAINT_PARAMS: words }),
    ...(reconfigure !== undefined && { DEBCONF_RECONFIGURE: reconfigure }),
  };
  return parseDpkgEvent({ adapter: 'dpkg', entry, args, env, at });
}

describe.each([
  { entry: 'postinst.d', subject: 'image' },
  { entry: 'header_postinst.d', subject: 'headers' },
])('$entry', ({ entry, subject }) => {
  it.each([
    { words: 'configure ', transition: 'install' },
    { words: 'configure', transition: 'install' },
    { words: "'configure' ''", transition: 'install' },
    { words: 'configure 6.12.106-1', transition: 'upgrade' },
    { words: ' configure\t6.12.106-1 ', transition: 'upgrade' },
    { words: "'configure' '6.12.106-1'", transition: 'upgrade' },
    { words: 'configure 6.12.106-1', reconfigure: '1', transition: 'reconfigure' },
    { words: 'configure ', reconfigure: '1', transition: 'reconfigure' },
    { words: 'configure 6.12.106-1', reconfigure: '', transition: 'upgrade' },
    { words: 'configure 6.12.106-1', reconfigure: '0', transition: 'upgrade' },
    { transition: 'upgrade' },
    { words: '', transition: 'upgrade' },
    { words: ' ', transition: 'upgrade' },
    { reconfigure: '1', transition: 'reconfigure' },
    { words: 'abort-upgrade 1 2', transition: 'abort' },
    { words: 'abort-remove', reconfigure: '1', transition: 'abort' },
    { words: 'abort-deconfigure in-favour x 1', transition: 'abort' },
  ])('$words (DEBCONF_RECONFIGURE=$reconfigure) is $transition', ({ transition, ...rest }) => {
    expect(parse({ entry, ...rest })).toEqual([{ subject, transition, kernel, at }]);
  });

  it.each([
    'triggered linux-update-x',
    'upgrade 1',
    'remove',
    'purge',
    'failed-upgrade 1',
    'disappear x 1',
    'deconfigure',
  ])('%s is ignored', (words) => {
    const action = words.split(' ')[0];
    expect(parse({ entry, words })).toEqual({ ignored: `action-without-effect: "${action}"` });
  });
});

describe('prerm.d', () => {
  it.each(['remove', 'remove ', "'remove'", 'purge', 'remove in-favour other 1'])(
    '%j removes the image',
    (words) => {
      expect(parse({ entry: 'prerm.d', words })).toEqual([
        { subject: 'image', transition: 'remove', kernel, at },
      ]);
    },
  );

  it.each([
    { words: 'upgrade 6.12.108-1', ignored: 'not-a-removal: "upgrade"' },
    { words: 'failed-upgrade 1 2', ignored: 'not-a-removal: "failed-upgrade"' },
    { words: 'deconfigure in-favour x 1 removing y 2', ignored: 'not-a-removal: "deconfigure"' },
    { words: 'disappear x 1', ignored: 'not-a-removal: "disappear"' },
    { words: 'abort-remove', ignored: 'not-a-removal: "abort-remove"' },
    { words: 'removed', ignored: 'not-a-removal: "removed"' },
    { words: '', ignored: 'no-maintainer-words' },
    { ignored: 'no-maintainer-words' },
  ])('$words is ignored', ({ ignored, ...rest }) => {
    expect(parse({ entry: 'prerm.d', ...rest })).toEqual({ ignored });
  });
});

describe('postrm.d', () => {
  const told = { subject: 'image', kernel, at, underway: false };
  it.each([
    { words: 'remove', transition: 'remove' },
    { words: 'purge ', transition: 'remove' },
    { words: 'abort-install', transition: 'abort' },
    { words: 'abort-upgrade 1 2', transition: 'abort' },
  ])('$words is $transition, and over', ({ words, transition }) => {
    expect(parse({ entry: 'postrm.d', words })).toEqual([{ ...told, transition }]);
  });

  it.each([
    { words: 'upgrade 1', ignored: 'not-a-removal: "upgrade"' },
    { words: 'failed-upgrade 1 2', ignored: 'not-a-removal: "failed-upgrade"' },
    { words: 'disappear x 1', ignored: 'not-a-removal: "disappear"' },
    { words: '', ignored: 'no-maintainer-words' },
    { ignored: 'no-maintainer-words' },
  ])('$words is ignored', ({ ignored, ...rest }) => {
    expect(parse({ entry: 'postrm.d', ...rest })).toEqual({ ignored });
  });
});

describe('kernel-install', () => {
  const plugin = (...args: string[]) => parse({ entry: 'kernel-install', args, words: 'upgrade 1' });

  it('add is a reason to look at the kernel, whoever called it', () => {
    expect(plugin('add', kernel, `/efi/x/${kernel}`, `/boot/vmlinuz-${kernel}`)).toEqual([
      { subject: 'image', transition: 'upgrade', kernel, at },
    ]);
  });

  it('remove may be said of a kernel that stays', () => {
    expect(plugin('remove', kernel, `/efi/x/${kernel}`)).toEqual([
      { subject: 'image', transition: 'remove', kernel, at, underway: false },
    ]);
  });

  it.each([[], ['inspect', kernel], ['add'], ['remove', '..']])('%j says nothing', (...args) => {
    expect(plugin(...args)).toHaveProperty('ignored');
  });
});

describe('toolkit', () => {
  it.each([
    { args: ['configure'], transition: 'install' },
    { args: ['configure', ''], transition: 'install' },
    { args: ['configure', '0.1.0-1'], transition: 'upgrade' },
    { args: ['abort-upgrade', '0.2.0-1'], transition: 'abort' },
    { args: ['abort-remove'], transition: 'abort' },
  ])('$args is $transition', ({ args, transition }) => {
    expect(parse({ entry: 'toolkit', args })).toEqual([{ subject: 'toolkit', transition, at }]);
  });

  it.each([
    { args: ['triggered', 'kmodsmith'], chore: 'queue' },
    { args: ['remove'], chore: 'queue' },
    { args: ['upgrade', '0.2.0-1'], ignored: 'action-without-effect: "upgrade"' },
    { args: [], ignored: 'action-without-effect: ""' },
  ])('$args brings no news', ({ args, ...meaning }) =>
    expect(parse({ entry: 'toolkit', args })).toEqual(meaning),
  );

  it("goes by its own arguments, not by another package's words", () => {
    expect(parse({ entry: 'toolkit', args: ['triggered', 'x'], words: 'configure 1' })).toEqual({
      chore: 'queue',
    });
  });
});

describe('module', () => {
  const module = { name: 'toy', version: '1.0+git-2' };
  const told = (words: string, reconfigure?: string) => {
    const args = [module.name, module.version, ...words.split(' ')];
    return parse({ entry: 'module', args, ...(reconfigure !== undefined && { reconfigure }) });
  };

  it.each([
    { words: 'postinst configure', transition: 'install' },
    { words: 'postinst configure ', transition: 'install' },
    { words: 'postinst configure 0.9-1', transition: 'upgrade' },
    { words: 'postinst configure 1:2.0-1', transition: 'upgrade' },
    { words: 'postinst configure 0.9-1', reconfigure: '1', transition: 'reconfigure' },
    { words: 'postinst configure', reconfigure: '1', transition: 'reconfigure' },
    { words: 'postinst configure 0.9-1', reconfigure: '0', transition: 'upgrade' },
    { words: 'postinst abort-upgrade 2.0-1', transition: 'abort' },
    { words: 'postinst abort-remove', transition: 'abort' },
    { words: 'postinst abort-remove in-favour other 1', transition: 'abort' },
    { words: 'postinst abort-deconfigure in-favour other 1', reconfigure: '1', transition: 'abort' },
    { words: 'prerm remove', transition: 'remove' },
    { words: 'prerm remove in-favour other 1', transition: 'remove' },
    { words: 'postrm remove', transition: 'remove', underway: false },
    { words: 'postrm purge', transition: 'purge', underway: false },
  ])('$words (DEBCONF_RECONFIGURE=$reconfigure) is $transition', ({ words, reconfigure, ...rest }) => {
    expect(told(words, reconfigure)).toEqual([{ subject: 'module', module, at, ...rest }]);
  });

  it.each([
    'preinst install',
    'preinst upgrade 0.9-1',
    'preinst abort-upgrade 2.0-1',
    'postinst triggered x',
    'prerm upgrade 2.0-1',
    'prerm failed-upgrade 0.9-1',
    'prerm deconfigure in-favour other 1',
    'postrm upgrade 2.0-1',
    'postrm failed-upgrade 0.9-1',
    'postrm abort-install',
    'postrm abort-upgrade 0.9-1',
    'postrm disappear other 1',
    'postinst remove',
    'prerm purge',
  ])('%s changes nothing', (words) => {
    const call = words.split(' ').slice(0, 2).join(' ');
    expect(told(words)).toEqual({ ignored: `action-without-effect: "${call}"` });
  });

  it.each([
    ['', ''],
    ['toy', ''],
    ['../toy', '1.0'],
    ['toy', '../1.0'],
    ['toy', '1 0'],
  ])('%j/%j names none', (name, version) => {
    expect(parse({ entry: 'module', args: [name, version, 'postinst', 'configure'] })).toEqual({
      ignored: `not-a-module: "${name}/${version}"`,
    });
  });
});

describe('a kernel argument that is none', () => {
  const bad = [
    [],
    [''],
    ['../../etc'],
    ['a/b'],
    ['-k'],
    ['.'],
    ['..'],
    ['6.1 x'],
    ['6.1\n'],
    ['x'.repeat(65)],
  ];
  it.each(['postinst.d', 'prerm.d', 'postrm.d', 'header_postinst.d'])(
    'is ignored and named by %s',
    (entry) => {
      for (const args of bad) {
        const ignored = `not-a-kernel-release: ${JSON.stringify(args[0] ?? '')}`;
        expect(parse({ entry, args, words: entry.endsWith('rm.d') ? 'remove' : 'configure' })).toEqual({
          ignored,
        });
      }
    },
  );

  it.each(['6.1.0-49+x~rc1-amd64', '7.2', '5.10.0_custom'])('does not mean %s', (release) => {
    expect(parse({ entry: 'prerm.d', words: 'remove', args: [release] })).toMatchObject([
      { kernel: release },
    ]);
  });
});

it.each(['', 'preinst.d', '__proto__'])('ignores the unknown entry %j', (entry) => {
  expect(parse({ entry })).toEqual({ ignored: `unknown-entry: ${JSON.stringify(entry)}` });
});

it('never throws', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('configure', 'remove', 'abort-', kernel),
  );
  const calls = fc.record({
    adapter: text,
    entry: fc.oneof(fc.constantFrom('postinst.d', 'prerm.d', 'header_postinst.d', 'toolkit'), text),
    args: fc.array(text),
    env: fc.dictionary(fc.oneof(fc.constantFrom(...recordedVariables), text), text),
    at: fc.nat(),
  });
  fc.assert(
    fc.property(calls, (call) => {
      const result = parseDpkgEvent(call);
      if ('ignored' in result) expect(result.ignored).toMatch(/^[a-z-]+(: |$)/);
      else if ('chore' in result) expect(result).toEqual({ chore: 'queue' });
      else expect(result).toHaveLength(1);
    }),
  );
});
