import { existsSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findFaults, repair } from '../../../src/apply/repair.ts';
import { noteForInitramfs, planMending } from '../../../src/apply/repair-plan.ts';
import { survey } from '../../../src/core/facts.ts';
import { activeLink, manifestFile } from '../../../src/core/layout.ts';
import type { Damage } from '../../../src/core/repair/damage.ts';
import { everything } from '../../../src/policy/scope.ts';
import { readerOf } from '../../support/reader-of.ts';
import { arch, release } from '../core/machine.ts';
import { moduleBytes, signed } from '../core/modules.ts';
import { type Installed, makeInstalled } from './installed.ts';

interface Breaking {
  readonly what: string;
  readonly breaks: (machine: Installed) => void;
  readonly kinds: readonly string[];
  /** How the installed file ends. */
  readonly file: 'built' | 'gone';
  readonly isLinked: boolean;
}

const remove = (path: string) => rmSync(path, { recursive: true });

describe('repair mends', () => {
  it.each<Breaking>([
    {
      what: 'an installed file that is gone',
      breaks: ({ installed }) => remove(installed),
      ...{ kinds: ['file-missing'], file: 'built', isLinked: true },
    },
    {
      what: 'an installed file that is gone, with no source',
      breaks: ({ installed, scratch }) => {
        remove(installed);
        remove(join(scratch.path, 'usr/src/foo-1.0'));
      },
      ...{ kinds: ['file-missing', 'source-missing'], file: 'built', isLinked: true },
    },
    {
      what: 'an installed file that is damaged',
      breaks: ({ installed }) => writeFileSync(installed, 'buil'),
      ...{ kinds: ['file-altered'], file: 'built', isLinked: true },
    },
    {
      what: 'an active link whose build is gone, with what was installed',
      breaks: ({ result }) => remove(dirname(result)),
      ...{ kinds: ['link-without-build'], file: 'gone', isLinked: false },
    },
    {
      what: 'modules whose build is gone, by what is recorded',
      breaks: ({ result }) => remove(join(result, 'module')),
      ...{ kinds: ['build-gone'], file: 'gone', isLinked: false },
    },
    {
      what: 'a build that is installed and has no manifest',
      breaks: ({ layout, at }) => remove(manifestFile(layout, at)),
      ...{ kinds: ['manifest-missing'], file: 'built', isLinked: true },
    },
    {
      what: 'a build whose manifest cannot be read',
      breaks: ({ layout, at }) => writeFileSync(manifestFile(layout, at), '{"version":1,"fi'),
      ...{ kinds: ['manifest-missing'], file: 'built', isLinked: true },
    },
    {
      what: 'a build whose manifest and files are gone',
      breaks: ({ layout, at, installed }) => {
        remove(manifestFile(layout, at));
        remove(installed);
      },
      ...{ kinds: ['not-in-place'], file: 'built', isLinked: true },
    },
    {
      what: 'an active link that is gone',
      breaks: ({ layout, at }) => remove(activeLink(layout, at)),
      ...{ kinds: ['link-lost'], file: 'built', isLinked: true },
    },
    {
      what: 'an uninstall that was cut short',
      breaks: ({ layout, at, installed }) => {
        remove(installed);
        remove(activeLink(layout, at));
      },
      ...{ kinds: ['uninstall-cut-short'], file: 'gone', isLinked: false },
    },
    {
      what: 'an install that was cut short',
      breaks: ({ layout, at, installed }) => {
        const manifest = JSON.parse(readFileSync(manifestFile(layout, at), 'utf8'));
        writeFileSync(manifestFile(layout, at), JSON.stringify({ ...manifest, build: 0 }));
        remove(installed);
        remove(activeLink(layout, at));
      },
      ...{ kinds: ['install-cut-short'], file: 'built', isLinked: true },
    },
    {
      what: 'a swap that was cut short',
      breaks: ({ result }) => renameSync(result, join(dirname(result), `.old_${arch}`)),
      ...{ kinds: ['cut-short'], file: 'built', isLinked: true },
    },
  ])('$what', async ({ breaks, kinds, file, isLinked }) => {
    const machine = await makeInstalled();
    const { layout, at, options, installed, result } = machine;
    breaks(machine);
    expect((await findFaults(options)).map(({ kind }) => kind)).toEqual(kinds);
    const repaired = await repair(options);
    expect(repaired.map(({ finding }) => finding.kind)).toEqual(kinds);
    const lasting = repaired.filter(({ finding }) => finding.kind === 'source-missing');
    const others = repaired.filter((one) => !lasting.includes(one));
    expect(others.map(({ state, message }) => message ?? state)).toEqual(others.map(() => 'mended'));
    expect(existsSync(installed) ? readFileSync(installed, 'utf8') : 'gone').toBe(file);
    expect(lstatSync(activeLink(layout, at), { throwIfNoEntry: false }) !== undefined).toBe(isLinked);
    const staysBuilt = isLinked || kinds.includes('uninstall-cut-short');
    expect(existsSync(join(result, 'module'))).toBe(staysBuilt);
    expect((await findFaults(options)).map(({ kind }) => kind)).toEqual(lasting.map(() => 'source-missing'));
    if (lasting.length === 0) expect(await repair(options)).toEqual([]);
  });
});

describe('repair leaves alone', () => {
  it('a machine without faults', async () => {
    const { options, installed } = await makeInstalled();
    const before = lstatSync(installed).mtimeMs;
    expect(await repair(options)).toEqual([]);
    expect(lstatSync(installed).mtimeMs).toBe(before);
  });

  it('a module that somebody has signed since', async () => {
    const { options, installed, result, layout, at } = await makeInstalled();
    const bytes = moduleBytes({ version: '1' });
    writeFileSync(join(result, 'module/foo.ko.xz'), bytes);
    writeFileSync(installed, signed(bytes));
    const manifest = JSON.parse(readFileSync(manifestFile(layout, at), 'utf8'));
    expect(manifest.files).toHaveLength(1);
    expect(await repair(options)).toEqual([]);
    expect(readFileSync(installed)).toEqual(signed(bytes));
  });

  it("an orphan's place where dpkg has a file of a package", async () => {
    const { scratch, options, installed, result, layout, at } = await makeInstalled();
    rmSync(dirname(result), { recursive: true });
    scratch.write('var/lib/dpkg/info/foo-modules.list', `/.\n${installed.slice(scratch.path.length)}\n`);
    expect((await repair(options)).map(({ finding }) => finding.kind)).toEqual(['link-without-build']);
    expect(existsSync(installed)).toBe(true);
    expect(lstatSync(activeLink(layout, at), { throwIfNoEntry: false })).toBeUndefined();
  });

  it('what neither the manifest nor the build can give back, and says what to type', async () => {
    const { options, installed, result } = await makeInstalled();
    writeFileSync(installed, 'x');
    writeFileSync(join(result, 'module/foo.ko.xz'), 'y');
    const repaired = await repair(options);
    expect(repaired).toMatchObject([{ finding: { kind: 'build-damaged' }, state: 'left' }]);
    expect(readFileSync(installed, 'utf8')).toBe('x');
  });
});

it('another module in the place of ours is kept, and comes back when ours goes', async () => {
  const { scratch, options, installed, result } = await makeInstalled();
  const foreign = moduleBytes({ version: '9', srcversion: 'F' });
  writeFileSync(installed, foreign);
  expect((await repair(options)).map(({ finding }) => finding.kind)).toEqual(['file-altered']);
  expect(readFileSync(installed)).toEqual(readFileSync(join(result, 'module/foo.ko.xz')));
  const archive = join(scratch.path, 'var/lib/dkms/foo/original_module', release, arch, 'foo.ko.xz');
  expect(readFileSync(archive)).toEqual(Buffer.from(foreign));
});

it('what may be in an initramfs has it made anew, once, after the index', async () => {
  const machine = await makeInstalled();
  const { scratch, layout, installed, options } = machine;
  scratch.write(`boot/initrd.img-${release}`, 'image');
  rmSync(installed);
  const { facts } = await survey(readerOf(layout), everything);
  const [damage] = (await findFaults(options)).filter((one) => 'at' in one);
  expect(damage?.kind).toBe('file-missing');
  await noteForInitramfs(damage as Damage, { ...options, facts });
  expect(readFileSync(join(layout.initramfs, release), 'utf8')).toContain('"objects":["foo"]');
  const noted = (await survey(readerOf(layout), everything)).facts;
  const { actions } = planMending([], { ...options, facts: noted, stale: new Set([release]) });
  expect(actions.map((action) => action.do)).toEqual(['depmod', 'initramfs']);
});

it('finding changes nothing', async () => {
  const { options, installed } = await makeInstalled();
  rmSync(installed);
  expect((await findFaults(options)).map(({ kind }) => kind)).toEqual(['file-missing']);
  expect(existsSync(installed)).toBe(false);
});
