import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseListing } from '../../../src/core/initramfs/content.ts';
import { findImages, readInitramfs } from '../../../src/core/initramfs/images.ts';
import { forgetLag, forgetLagOfGoneKernels, noteLag, readLag } from '../../../src/core/initramfs/lag.ts';
import { readModuleIndex } from '../../../src/core/initramfs/module-index.ts';
import { findReason } from '../../../src/core/initramfs/reason.ts';
import { responsibleTool } from '../../../src/core/initramfs/responsible.ts';
import { updateInitramfs } from '../../../src/core/initramfs/update.ts';
import { makeMachine, release } from './machine.ts';

/** A machine with these files; what ends in a program's name is one. */
function open(files: Readonly<Record<string, string>>) {
  const machine = makeMachine();
  for (const [path, text] of Object.entries(files))
    machine.scratch.write(path, text, /\/s?bin\//.test(path) ? 0o755 : 0o644);
  return machine;
}

const debian = { [`boot/initrd.img-${release}`]: '' };
const fedora = { [`boot/initramfs-${release}.img`]: '' };
const arch = { [`lib/modules/${release}/pkgbase`]: 'linux\n', 'boot/initramfs-linux.img': '' };
const booster = { ...arch, 'boot/booster-linux.img': '' };
const preset = {
  'etc/mkinitcpio.d/linux.preset': `# for 'linux'
#ALL_config="/etc/other.conf"
ALL_kver="/boot/vmlinuz-linux"
PRESETS=('default' 'fallback')
default_image="/boot/initramfs-linux.img"
fallback_image="/boot/initramfs-linux-fallback.img"
fallback_options="-S autodetect"
`,
};

describe('the images of a kernel', () => {
  it.each([
    { what: "Debian's", files: debian, images: [`/boot/initrd.img-${release}`] },
    { what: "Fedora's", files: fedora, images: [`/boot/initramfs-${release}.img`] },
    { what: "SUSE's", files: { [`boot/initrd-${release}`]: '' }, images: [`/boot/initrd-${release}`] },
    {
      what: 'of the boot loader specification',
      files: { 'etc/machine-id': 'abc1\n', [`efi/abc1/${release}/initrd`]: '' },
      images: [`/efi/abc1/${release}/initrd`],
    },
    {
      what: 'under a token of its own',
      files: { 'etc/kernel/entry-token': 'mine\n', [`boot/mine/${release}/initrd`]: '' },
      images: [`/boot/mine/${release}/initrd`],
    },
    {
      what: 'by the package',
      files: booster,
      images: ['/boot/booster-linux.img', '/boot/initramfs-linux.img'],
    },
    {
      what: 'by a preset, unified ones too',
      files: {
        [`lib/modules/${release}/pkgbase`]: 'linux66\n',
        'etc/mkinitcpio.d/linux66.preset': `default_uki='/efi/EFI/Linux/arch.efi'\n`,
        'efi/EFI/Linux/arch.efi': '',
      },
      images: ['/efi/EFI/Linux/arch.efi'],
    },
    {
      what: 'by a preset for the release',
      files: {
        'etc/mkinitcpio.d/own.preset': `ALL_kver=${release}\ndefault_image=/boot/own.img\n`,
        'boot/own.img': '',
      },
      images: ['/boot/own.img'],
    },
    {
      what: 'of another kernel',
      files: { 'boot/initrd.img-6.1.0': '', ...preset, 'boot/initramfs-linux.img': '' },
      images: [],
    },
    { what: 'a token that leads elsewhere', files: { 'etc/kernel/entry-token': '../..\n' }, images: [] },
  ])('$what', async ({ files, images }) => {
    const { layout } = open(files);
    expect(await findImages(layout, release)).toEqual(images);
    expect(await readInitramfs(layout, release)).toEqual(images.length > 0 ? {} : undefined);
  });

  it('are none of modules that are elsewhere', async () => {
    const { layout, scratch } = open(debian);
    expect(
      await readInitramfs({ ...layout, installTree: `${scratch.path}/srv/modules` }, release),
    ).toBeUndefined();
  });

  it('may be behind links that are absolute in the root', async () => {
    const { layout, scratch } = open({ 'data/image': '' });
    scratch.link('/data/image', `boot/initrd.img-${release}`);
    expect(await findImages(layout, release)).toEqual([`/boot/initrd.img-${release}`]);
  });
});

describe('the note of what changed', () => {
  it('makes the initramfs outdated until it is gone', async () => {
    const { layout } = open(debian);
    await noteLag(layout, release, { mode: 'auto', objects: ['foo'] });
    expect(await readInitramfs(layout, release)).toEqual({ outdated: true });
    await forgetLag(layout, release);
    expect([await readInitramfs(layout, release), await readLag(layout, release)]).toEqual([{}, undefined]);
  });

  it('grows, and remembers the most demanding wish', async () => {
    const { layout } = open(debian);
    await noteLag(layout, release, { mode: 'always', objects: ['foo'] });
    await noteLag(layout, release, { mode: 'auto', objects: ['foo', 'bar'] });
    expect(await readLag(layout, release)).toEqual({ version: 1, mode: 'always', objects: ['foo', 'bar'] });
    await noteLag(layout, release, { mode: 'auto' });
    expect(await readLag(layout, release)).toEqual({ version: 1, mode: 'always' });
    await noteLag(layout, release, { mode: 'auto', objects: ['foo'] });
    expect(await readLag(layout, release)).toEqual({ version: 1, mode: 'always' });
  });

  it.each(['', '{', '{"version":1,"mode":"sometimes"}', '{"version":1,"mode":"auto","objects":[1]}', 'null'])(
    'that is damaged says that something changed: %j',
    async (text) => {
      const { layout } = open({ [`var/lib/kmodsmith/initramfs/${release}`]: text });
      expect(await readLag(layout, release)).toEqual({ version: 1, mode: 'auto' });
    },
  );

  it('goes with its kernel', async () => {
    const { layout, scratch } = open(debian);
    await noteLag(layout, release, { mode: 'auto', objects: ['foo'] });
    await noteLag(layout, '6.0.0-gone', { mode: 'auto', objects: ['foo'] });
    await forgetLagOfGoneKernels(layout);
    const notes = [release, '6.0.0-gone'].map((name) =>
      existsSync(`${scratch.path}/var/lib/kmodsmith/initramfs/${name}`),
    );
    expect(notes).toEqual([true, false]);
  });
});

describe('the program that makes the image', () => {
  const programs = (...names: string[]) => Object.fromEntries(names.map((name) => [`usr/bin/${name}`, '']));
  const hook = (name: string) => ({ [`usr/share/libalpm/hooks/90-${name}-install.hook`]: '' });
  const out = '/boot/initramfs-linux.img.new';

  it.each([
    {
      what: "Debian's",
      files: { ...debian, 'usr/sbin/update-initramfs': '' },
      list: ['lsinitramfs', `/boot/initrd.img-${release}`],
      update: { argv: ['update-initramfs', '-u', '-k', release] },
    },
    {
      what: 'dracut on Debian, where hooks wait for the image',
      files: { ...debian, ...programs('dracut'), 'etc/initramfs/post-update.d/boot': '' },
      list: ['lsinitrd', `/boot/initrd.img-${release}`],
      update: {
        argv: ['dracut', '--quiet', '--force', `/boot/initrd.img-${release}.new`, release],
        output: `/boot/initrd.img-${release}.new`,
        env: { NO_POST_UPDATE_HOOKS: '1' },
        afterwards: [
          ...['run-parts', `--arg=${release}`, `--arg=/boot/initrd.img-${release}`],
          '/etc/initramfs/post-update.d',
        ],
      },
    },
    {
      what: 'dracut on Fedora',
      files: { ...fedora, ...programs('dracut') },
      list: ['lsinitrd', `/boot/initramfs-${release}.img`],
      update: {
        argv: ['dracut', '--quiet', '--force', `/boot/initramfs-${release}.img.new`, release],
        output: `/boot/initramfs-${release}.img.new`,
        env: { NO_POST_UPDATE_HOOKS: '1' },
      },
    },
    {
      what: 'mkinitcpio with a preset',
      files: { ...arch, ...preset, ...programs('mkinitcpio') },
      list: ['lsinitcpio', '/boot/initramfs-linux.img'],
      update: { argv: ['mkinitcpio', '-p', 'linux'] },
    },
    {
      what: 'mkinitcpio without one',
      files: { ...arch, ...programs('mkinitcpio') },
      list: ['lsinitcpio', '/boot/initramfs-linux.img'],
      update: { argv: ['mkinitcpio', '-k', release, '-g', out], output: out },
    },
    {
      what: 'booster',
      files: { ...booster, ...programs('booster') },
      list: ['booster', 'ls', '/boot/booster-linux.img'],
      update: {
        argv: ['booster', 'build', '--force', '--kernel-version', release, '/boot/booster-linux.img.new'],
        output: '/boot/booster-linux.img.new',
      },
    },
    {
      what: 'the one that kernel-install is told to use',
      files: {
        ...{ ...booster, ...preset, ...programs('booster', 'dracut', 'mkinitcpio') },
        'usr/lib/kernel/install.conf': 'initrd_generator=dracut\n',
        'etc/kernel/install.conf': 'layout=bls\ninitrd_generator=booster\n',
      },
      list: ['booster', 'ls', '/boot/booster-linux.img'],
    },
    {
      what: "the one that pacman's hooks start",
      files: { ...arch, ...preset, ...programs('dracut', 'mkinitcpio'), ...hook('mkinitcpio') },
      list: ['lsinitcpio', '/boot/initramfs-linux.img'],
    },
  ])('$what', async ({ files, list, update }) => {
    const tool = await responsibleTool(open(files).layout, release);
    expect(tool?.list(tool.image)).toEqual(list);
    if (update !== undefined) expect(tool?.update).toEqual(update);
  });

  it('is not one whose hook is off', async () => {
    const { layout, scratch } = open({
      ...{ ...arch, ...preset, ...programs('dracut', 'mkinitcpio') },
      ...{ ...hook('mkinitcpio'), ...hook('dracut') },
    });
    scratch.link('/dev/null', 'etc/pacman.d/hooks/90-dracut-install.hook');
    expect((await responsibleTool(layout, release))?.name).toBe('mkinitcpio');
  });

  it('writes beside the file that the image really is', async () => {
    const { layout, scratch } = open({ 'data/image': '', ...programs('dracut') });
    scratch.link('/data/image', `boot/initrd.img-${release}`);
    expect((await responsibleTool(layout, release))?.update.output).toBe('/data/image.new');
  });

  it.each([
    { what: 'nobody', files: { ...debian }, said: 'no program is known here that makes it' },
    {
      what: 'somebody who is told not to',
      files: {
        ...debian,
        'usr/sbin/update-initramfs': '',
        'etc/initramfs-tools/update-initramfs.conf': '# update_initramfs=yes\nupdate_initramfs="no"\n',
      },
      said: '/etc/initramfs-tools/update-initramfs.conf says update_initramfs=no',
    },
  ])('is $what: the image is left as it is', async ({ files, said }) => {
    const request = {
      layout: open(files).layout,
      release,
      mode: 'always',
      objects: ['foo'],
      failed: [],
    } as const;
    expect(await updateInitramfs(request)).toBe(`initramfs of ${release}: left as it is, ${said}`);
  });
});

describe('what is in an image', () => {
  it.each([
    {
      what: 'names',
      text: 'init\nusr/lib/modules/6/updates/dkms/foo-bar.ko.xz\nkernel/a.ko\n',
      names: ['foo_bar', 'a'],
    },
    {
      what: 'long lines',
      text: '-rw-r--r-- 1 root root 12 Nov 23 03:22 lib/b.ko.zst\nlrwx init -> usr/bin/x\n',
      names: ['b'],
    },
    { what: 'from the root on', text: '/init\n/usr/lib/modules/6/c.ko.gz\n', names: ['c'] },
    { what: 'no modules', text: 'init\nbin\nmodules.koala\n', names: [] },
    {
      what: 'only the first part of several',
      text: 'kernel/x86/microcode/AuthenticAMD.bin\n',
      names: undefined,
    },
    { what: 'nothing at all', text: '', names: undefined },
  ])('$what', ({ text, names }) => {
    const content = parseListing(text);
    expect(content && [...content]).toEqual(names);
  });
});

describe('an image has to be made anew', () => {
  const modules = `lib/modules/${release}`;
  const dep = `updates/dkms/foo.ko.xz: kernel/base.ko.xz\nkernel/user.ko.xz: updates/dkms/foo.ko.xz\nkernel/base.ko.xz:\n`;

  async function reason(
    files: Readonly<Record<string, string>>,
    {
      objects = ['foo'],
      content = ['base'],
    }: { objects?: string[] | undefined; content?: string[] | undefined } = {},
  ) {
    const { layout } = open({
      [`${modules}/modules.dep`]: dep,
      'usr/sbin/update-initramfs': '',
      ...debian,
      ...files,
    });
    const tool = await responsibleTool(layout, release);
    const index = await readModuleIndex(layout, release);
    if (tool === undefined) throw new Error('no tool');
    return findReason({ layout, tool, objects, content: new Set(content), index });
  }

  it('when a changed object is in it, however it is spelled', async () => {
    expect(await reason({}, { content: ['foo'] })).toBe('foo is in it');
    expect(await reason({}, { objects: ['a-b'], content: ['a_b'] })).toBe('a-b is in it');
  });

  it('when one that is in it needs a changed one', async () => {
    expect(await reason({}, { content: ['user'] })).toBe('user is in it, and needs foo');
  });

  it.each(['softdep base pre: foo', 'softdep base post: other foo', '  weakdep base foo'])(
    'when one that is in it wants a changed one: %s',
    async (line) => {
      expect(await reason({ 'etc/modprobe.d/own.conf': `# x\n${line}\n` })).toBe(
        'base is in it, and needs foo',
      );
      expect(await reason({ [`${modules}/modules.softdep`]: `${line}\n` })).toBe(
        'base is in it, and needs foo',
      );
    },
  );

  it.each([
    { path: 'etc/initramfs-tools/modules', text: 'foo opt=1\n' },
    { path: 'usr/share/initramfs-tools/modules.d/some', text: 'foo\n# x\n' },
    { path: 'etc/initramfs-tools/hooks/own', text: 'manual_add_modules bar foo # both\n' },
    { path: 'usr/share/initramfs-tools/hooks/pkg', text: 'force_load "foo"\n' },
  ])('when $path names it', async ({ path, text }) => {
    expect(await reason({ [path]: text })).toBe(`foo belongs there by /${path}`);
    expect(await reason({ [path]: text.replace('foo', 'user') })).toBe(
      `user belongs there by /${path}, and needs foo`,
    );
    expect(await reason({ [path]: `# ${text}` })).toBeUndefined();
    expect(await reason({ [path]: text.replace('foo', 'foo-bar xfoo foo2') })).toBeUndefined();
  });

  it('when nobody knows what changed, or what is in it', async () => {
    const { layout } = open({ ...debian, 'usr/sbin/update-initramfs': '' });
    const tool = await responsibleTool(layout, release);
    if (tool === undefined) throw new Error('no tool');
    const question = { layout, tool, index: await readModuleIndex(layout, release) };
    expect(await findReason({ ...question, objects: undefined, content: new Set() })).toMatch(
      /not known any more/,
    );
    expect(await findReason({ ...question, objects: ['foo'], content: undefined })).toMatch(/cannot be told/);
    expect(await findReason({ ...question, objects: ['foo'], content: new Set() })).toBeUndefined();
  });
});

describe('the settings of', () => {
  it.each([
    { files: { 'usr/bin/dracut': '', 'etc/dracut.conf.d/x.conf': 'add_drivers+=" foo "\n' }, named: true },
    { files: { 'usr/bin/dracut': '', 'etc/dracut.conf': 'force_drivers+=" foo "\n' }, named: true },
    {
      files: { 'usr/bin/dracut': '', 'usr/lib/dracut/modules.d/90foo/module-setup.sh': 'instmods foo\n' },
      named: true,
    },
    { files: { 'usr/bin/dracut': '', 'etc/dracut.conf': 'omit_drivers+=" foo "\n' }, named: false },
    { files: { 'usr/bin/mkinitcpio': '', 'etc/mkinitcpio.conf': 'MODULES=(a\n foo)\n' }, named: true },
    { files: { 'usr/bin/mkinitcpio': '', 'etc/mkinitcpio.conf.d/x.conf': 'MODULES+=(foo)\n' }, named: true },
    {
      files: {
        ...{ 'usr/bin/mkinitcpio': '', 'etc/mkinitcpio.conf': 'HOOKS=(base own)\n' },
        ...{ 'etc/initcpio/install/own': 'add_module foo\n' },
      },
      named: true,
    },
    {
      files: {
        ...{ 'usr/bin/mkinitcpio': '', 'etc/mkinitcpio.conf': 'HOOKS=(base)\n' },
        ...{ 'etc/initcpio/install/own': 'add_module foo\n' },
      },
      named: false,
    },
    { files: { 'usr/bin/booster': '', 'etc/booster.yaml': 'modules: a,foo\n' }, named: true },
    { files: { 'usr/bin/booster': '', 'etc/booster.yaml': 'modules_force_load:\n  - foo\n' }, named: true },
    { files: { 'usr/bin/booster': '', 'etc/booster.yaml': 'modules: -*,-foo\n' }, named: false },
  ])('$files', async ({ files, named }) => {
    const { layout } = open({ ...booster, ...files });
    const tool = await responsibleTool(layout, release);
    if (tool === undefined) throw new Error('no tool');
    const index = await readModuleIndex(layout, release);
    const why = await findReason({ layout, tool, objects: ['foo'], content: new Set(), index });
    expect(why !== undefined).toBe(named);
  });
});
