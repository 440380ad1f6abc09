import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { survey } from '../../../src/core/facts.ts';
import { readHeaders } from '../../../src/core/preflight/headers.ts';
import { isolate } from '../../../src/core/preflight/isolation.ts';
import { relocateLinks, relocateMakefile } from '../../../src/core/preflight/relocate.ts';
import { locator } from '../../../src/core/preflight/tree.ts';
import { everything } from '../../../src/policy/scope.ts';
import { run } from '../../../src/system/exec.ts';
import { readerOf } from '../../support/reader-of.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { addBuild, addKernel, makeMachine, release, tree } from './machine.ts';

describe('links of packages', () => {
  function makePackages() {
    const scratch = makeScratchFolder();
    const [unpacked, root] = [scratch.folder('unpacked'), scratch.folder('root')];
    const follow = async (path: string) => {
      await relocateLinks({ unpacked, root });
      try {
        return realpathSync(join(unpacked, path)).slice(scratch.path.length + 1);
      } catch {
        return readlinkSync(join(unpacked, path));
      }
    };
    return { scratch, follow };
  }

  it.each([
    ['an absolute one', '/usr/lib/kbuild', 'unpacked/usr/lib/kbuild'],
    ['a relative one', '../../lib/kbuild', 'unpacked/usr/lib/kbuild'],
    ['one through another', '/usr/src/alias/inner', 'unpacked/usr/lib/kbuild/inner'],
    ['one that climbs too far', '../../../../../../../usr/lib/kbuild', 'unpacked/usr/lib/kbuild'],
    ['one to what only the machine has', '/usr/lib/present', 'root/usr/lib/present'],
    ['a relative one to what only the machine has', '../../lib/present', 'root/usr/lib/present'],
    ['one to what both have', '/usr/lib/both', 'unpacked/usr/lib/both'],
    ['one to nothing', '/usr/lib/nothing', '/usr/lib/nothing'],
    ['one round and round', 'link', 'link'],
  ])('%s leads where it would lead when they are installed', async (_what, target, expected) => {
    const { scratch, follow } = makePackages();
    scratch.write('unpacked/usr/lib/kbuild/inner', '');
    scratch.write('unpacked/usr/lib/both', '');
    scratch.write('root/usr/lib/both', '');
    scratch.write('root/usr/lib/present', '');
    scratch.link('/usr/lib/kbuild', 'unpacked/usr/src/alias');
    scratch.link(target, 'unpacked/usr/src/tree/link');
    expect(await follow('usr/src/tree/link')).toBe(expected);
  });
});

describe('the Makefile of a build tree', () => {
  async function relocated(text: string) {
    const scratch = makeScratchFolder();
    const unpacked = scratch.folder('unpacked');
    scratch.write('unpacked/usr/src/common/Makefile', '');
    const path = scratch.write('unpacked/usr/src/tree/Makefile', text);
    const originals = join(scratch.path, 'originals');
    const moved = await relocateMakefile(join(unpacked, 'usr/src/tree'), { unpacked, originals });
    const short = (content: string) => content.replaceAll(scratch.path, 'SCRATCH');
    return {
      text: short(readFileSync(path, 'utf8')),
      kept: moved.map(({ from, to }) => [short(from), readFileSync(to, 'utf8')]),
    };
  }

  it.each([
    ['include /usr/src/common/Makefile\n', 'include SCRATCH/unpacked/usr/src/common/Makefile\n'],
    [
      'A := /usr/src/common\nB := "/usr/src/common"',
      'A := SCRATCH/unpacked/usr/src/common\nB := "SCRATCH/unpacked/usr/src/common"',
    ],
  ])('names what the packages bring: %j', async (text, expected) => {
    expect(await relocated(text)).toEqual({
      text: expected,
      kept: [['SCRATCH/unpacked/usr/src/tree/Makefile', text]],
    });
  });

  it.each([
    'include /usr/src/other/Makefile\n',
    'include ../common/Makefile\n',
    'include $(srctree)/usr/src/common/Makefile\n',
    `include /usr/src/common/Makefile\n${'#'.repeat(5000)}`,
  ])('is left as it is: %.40j', async (text) => {
    expect(await relocated(text)).toEqual({ text, kept: [] });
  });
});

it('files of the build tree are found where the first move says', () => {
  const locate = locator({
    place: '',
    moved: [
      { from: '/src/a/Makefile', to: '/copy' },
      { from: '/src/a', to: '/new/a' },
    ],
  });
  expect(['/src/a/Makefile', '/src/a/x/y', '/src/a', '/src/ab', '/x'].map(locate)).toEqual([
    '/copy',
    '/new/a/x/y',
    '/new/a',
    '/src/ab',
    '/x',
  ]);
});

describe('a kernel that is still to come', () => {
  const coming = '6.99.0-test';

  it('is one of the facts, image and all', async () => {
    const { scratch, layout } = makeMachine();
    addKernel(scratch, coming);
    const path = scratch.folder('elsewhere/build');
    await run(['cp', '-a', `${scratch.path}/usr/src/linux-headers-${coming}/.`, path]);
    await run([
      'rm',
      '-r',
      ...[`boot/vmlinuz-${coming}`, `lib/modules/${coming}`].map((name) => join(scratch.path, name)),
    ]);
    const given = { layout, release: coming, paths: [path], folder: undefined };
    const found = await survey(readerOf(layout), everything, await readHeaders(given));
    expect(
      found.facts.kernels.map(({ release: name, image, headers }) => [name, image, headers.state]),
    ).toEqual([
      [release, 'present', 'ready'],
      [coming, 'present', 'ready'],
    ]);
    expect(found.facts.pairs.map(({ kernel }) => kernel)).toEqual([release, coming]);
    expect((await survey(readerOf(layout), everything)).facts.kernels).toHaveLength(1);
  });

  it('may be one that is here: what a dkms.conf says of its tree is not what has changed', async () => {
    const machine = makeMachine();
    const { scratch, layout } = machine;
    const own = readFileSync(join(scratch.path, 'usr/src/foo-1.0/dkms.conf'), 'utf8');
    scratch.write('usr/src/foo-1.0/dkms.conf', `${own}MAKE="make -C $kernel_source_dir C=$kernel_config"\n`);
    await addBuild(machine);
    const path = scratch.folder('elsewhere/build');
    await run(['cp', '-a', `${scratch.path}/${tree}/.`, path]);
    const changes = async () => {
      const given = { layout, release, paths: [path], folder: undefined };
      const { facts } = await survey(readerOf(layout), everything, await readHeaders(given));
      return facts.pairs[0]?.build?.changes.map(({ kind, name }) => `${kind} ${name}`);
    };
    expect(await changes()).toEqual([]);
    scratch.write('elsewhere/build/include/generated/autoconf.h', '#define X');
    scratch.write('elsewhere/build/Module.symvers', '0x9\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n');
    expect(await changes()).toEqual([`header /${tree}/include/generated/autoconf.h`, 'symbol printk']);
  });
});

it('a trial sees its own tree of dkms and its own kernel by their usual paths, and nobody else does', async () => {
  const machine = makeMachine();
  const { scratch } = machine;
  // As on the system itself, whose folders are not ours to play with.
  const layout = { ...machine.layout, root: '/' };
  const folder = scratch.folder('private');
  const dkmsTree = scratch.folder('private/tree');
  scratch.write('private/tree/mark', '');
  const path = scratch.folder('given');
  const other = scratch.write('lib/modules/6.1-other/modules.dep', 'text');
  const own = scratch.write(`lib/modules/${release}/modules.order`, 'order');
  const given = { place: '', moved: [] };
  const wish = { layout, tree: { release, path, includedTrees: [], given }, folder, dkmsTree };
  const { wrapper, hasPlace } = await isolate(wish);
  expect(hasPlace).toBe(true);
  const modules = `${layout.installTree}/${release}`;
  const script = `cat "$1" "$2" && ls "$3" && readlink "$4/build" "$4/source" && touch "$3/made"`;
  const argv = ['sh', '-c', script, 'sh', other, own, layout.dkmsTree, modules];
  const inside = await run([...(wrapper ?? []), ...argv]);
  expect(inside).toMatchObject({ exitCode: 0, stdout: `textordermark\n${path}\n${path}\n` });
  const namesIn = (folder: string) => readdirSync(folder).sort();
  expect([dkmsTree, layout.dkmsTree, modules].map(namesIn)).toEqual([
    ['made', 'mark'],
    ['foo'],
    ['build', 'modules.order'],
  ]);
  expect(readlinkSync(`${modules}/build`)).toBe(`/${tree}`);
});
