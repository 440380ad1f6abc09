import { existsSync, lstatSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectGarbage, findGarbage } from '../../../src/apply/gc.ts';
import { rememberFailure } from '../../../src/core/build/failures.ts';
import { survey } from '../../../src/core/facts.ts';
import { activeLink } from '../../../src/core/layout.ts';
import { everything } from '../../../src/policy/scope.ts';
import { readerOf } from '../../support/reader-of.ts';
import { addKernel, arch, release, tree } from '../core/machine.ts';
import { type Installed, makeInstalled, other } from './installed.ts';

function removeKernel({ scratch }: Installed): void {
  rmSync(join(scratch.path, `boot/vmlinuz-${release}`));
  rmSync(join(scratch.path, `lib/modules/${release}/build`));
  rmSync(join(scratch.path, tree), { recursive: true });
}

const kinds = (found: readonly { kind: string }[]) => found.map(({ kind }) => kind).sort();

describe('builds', () => {
  it('of a kernel that is gone go, with what is installed, and their bytes are told', async () => {
    const machine = await makeInstalled();
    const { scratch, layout, options, installed, at } = machine;
    expect(existsSync(installed)).toBe(true);
    removeKernel(machine);
    const found = await findGarbage(options);
    expect(kinds(found)).toEqual(['build']);
    expect(existsSync(installed)).toBe(true);
    const { removed, failed } = await collectGarbage(options);
    expect({ removed, failed }).toEqual({ removed: found, failed: [] });
    expect(removed[0]).toMatchObject({ build: at });
    expect(removed[0]?.bytes).toBeGreaterThan(0);
    expect(existsSync(join(scratch.path, 'lib/modules', release))).toBe(false);
    expect(existsSync(join(scratch.path, 'var/lib/dkms/foo/1.0', release))).toBe(false);
    expect(lstatSync(activeLink(layout, at), { throwIfNoEntry: false })).toBeUndefined();
    expect(lstatSync(join(scratch.path, 'var/lib/dkms/foo/1.0/source')).isSymbolicLink()).toBe(true);
    expect(await findGarbage(options)).toEqual([]);
  });

  it.each<{ what: string; change: (machine: Installed) => void }>([
    {
      what: 'whose headers alone are gone',
      change: ({ scratch }) => rmSync(join(scratch.path, tree), { recursive: true }),
    },
    {
      what: 'whose image alone is gone',
      change: ({ scratch }) => rmSync(join(scratch.path, `boot/vmlinuz-${release}`)),
    },
    {
      what: 'that is gone with all others, as when /boot and /lib/modules are not mounted',
      change: (machine) => {
        removeKernel(machine);
        rmSync(join(machine.scratch.path, `boot/vmlinuz-${other}`));
      },
    },
  ])('of a kernel $what stay', async ({ change }) => {
    const machine = await makeInstalled();
    change(machine);
    expect(await collectGarbage(machine.options)).toEqual({ removed: [], failed: [] });
    expect(existsSync(machine.installed)).toBe(true);
  });
});

describe('what goes besides', () => {
  it.each<{ kind: string; path: string; old?: true; alone?: string }>([
    {
      kind: 'unfinished',
      path: `var/lib/dkms/foo/1.0/${release}/.tmp_${arch}_kmodsmithabc123/module/foo.ko`,
    },
    { kind: 'unfinished', path: 'var/lib/dkms/foo/1.0/build/.kmodsmith-build' },
    { kind: 'unfinished', path: `var/lib/dkms/foo/1.0/${release}/.old_${arch}/module/foo.ko` },
    { kind: 'unfinished', path: 'usr/src/foo-1.0.kmodsmith-new/foo.c' },
    { kind: 'unfinished', path: `var/lib/kmodsmith/failures/foo/1.0/${release}/${arch}/make.log` },
    { kind: 'temporary', path: `lib/modules/${release}/updates/.kmodsmith-foo.ko-0123abcd` },
    { kind: 'temporary', path: 'var/lib/kmodsmith/.kmodsmith-history-0123abcd' },
    { kind: 'temporary', path: 'var/lib/dkms/.kmodsmith-mok.key-0123abcd', old: true },
    { kind: 'temporary', path: 'var/lib/kmodsmith/settled/.kmodsmith-0a1b-0123abcd', old: true },
    { kind: 'note', path: 'var/lib/kmodsmith/rpm/foo-1.0-1-2', old: true },
    { kind: 'queue', path: 'var/lib/kmodsmith/queue/rejected-call.x' },
    { kind: 'queue', path: 'var/lib/kmodsmith/queue/call.x' },
    { kind: 'queue', path: 'var/lib/kmodsmith/queue/.new.x', old: true },
    { kind: 'build', path: `var/lib/dkms/foo/1.0/6.0-gone/${arch}/rebuild` },
    { kind: 'archive', path: `var/lib/dkms/foo/original_module/6.0-gone/${arch}/foo.ko` },
    { kind: 'failure', path: `var/lib/kmodsmith/failures/foo/1.0/6.0-gone/${arch}/failure.json` },
    { kind: 'failure', path: `var/lib/kmodsmith/failures/foo/0.9/${release}/${arch}/failure.json` },
    { kind: 'log', path: `var/lib/kmodsmith/logs/foo/1.0/6.0-gone/${arch}/20261126T120000.000Z.log` },
    { kind: 'log', path: `var/lib/kmodsmith/logs/foo/0.9/${release}/${arch}/20261126T120000.000Z.log` },
  ])('$kind: $path', async ({ kind, path, old }) => {
    const { scratch, options, installed } = await makeInstalled();
    const file = scratch.write(path, 'x');
    if (old) {
      if (kind !== 'note') expect(await findGarbage(options)).toEqual([]);
      utimesSync(file, 1, 1);
    }
    const found = await findGarbage(options);
    expect(kinds(found)).toEqual([kind]);
    expect(existsSync(file)).toBe(true);
    expect(await collectGarbage(options)).toEqual({ removed: found, failed: [] });
    expect(existsSync(file)).toBe(false);
    expect(existsSync(installed)).toBe(true);
    expect(await findGarbage(options)).toEqual([]);
  });

  it('links of kernels that are gone', async () => {
    const { scratch, options } = await makeInstalled();
    const link = scratch.link(`1.0/6.0-gone/${arch}`, `var/lib/dkms/foo/kernel-6.0-gone-${arch}`);
    expect(kinds((await collectGarbage(options)).removed)).toEqual(['link']);
    expect(lstatSync(link, { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe('what stays', () => {
  it.each([
    'var/lib/dkms/foo/1.0/build/make.log',
    `var/lib/dkms/foo/1.0/${release}/.tmp_${arch}_dkms12/module/foo.ko`,
    `lib/modules/${release}/updates/.kmodsmith-note`,
    'usr/src/foo-1.0.kmodsmith-replaced/foo.c',
    `var/lib/kmodsmith/removed/foo`,
    `var/lib/kmodsmith/logs/foo/1.0/${release}/${arch}/20261126T120000.000Z.log`,
    'var/lib/kmodsmith/queue/.new.x',
    'var/lib/kmodsmith/queue/.kmodsmith-call.x-0123abcd',
  ])('%s', async (path) => {
    const { scratch, options } = await makeInstalled();
    const file = scratch.write(path, release);
    expect(await collectGarbage(options)).toEqual({ removed: [], failed: [] });
    expect(existsSync(file)).toBe(true);
  });

  it('the last five attempts of a pair', async () => {
    const { scratch, options } = await makeInstalled();
    const folder = `var/lib/kmodsmith/logs/foo/1.0/${release}/${arch}`;
    for (let index = 0; index < 7; index += 1) {
      scratch.write(`${folder}/20261126T12000${index}.000Z.log`, 'said');
      scratch.write(`${folder}/20261126T12000${index}.000Z.json`, '{}');
    }
    const { removed } = await collectGarbage(options);
    expect(kinds(removed)).toEqual(['log', 'log', 'log', 'log']);
    expect(readdirSync(join(scratch.path, folder))).toHaveLength(10);
    expect(readdirSync(join(scratch.path, folder))[0]).toBe('20261126T120002.000Z.json');
  });

  it('failures that still count, and the last ten of those that do not', async () => {
    const { scratch, layout, module, options } = await makeInstalled();
    for (let index = 0; index < 12; index += 1) {
      addKernel(scratch, `6.14.${index}-x`);
      const at = { module, release: `6.14.${index}-x`, arch };
      await rememberFailure(layout, at, { summary: 'no', inputs: 'other' });
      utimesSync(
        `${scratch.path}/var/lib/kmodsmith/failures/foo/1.0/6.14.${index}-x/${arch}/failure.json`,
        index + 1,
        index + 1,
      );
    }
    const site = (await survey(readerOf(layout), everything)).site(module, '6.14.0-x');
    const at = { module, release: '6.14.0-x', arch };
    await rememberFailure(layout, at, { summary: 'no', inputs: (await site?.digest()) ?? '' });
    const { removed } = await collectGarbage(options);
    expect(removed.map(({ path }) => path.split('/').at(-2))).toEqual(['6.14.1-x']);
    expect(
      (await survey(readerOf(layout), everything)).facts.pairs.filter(({ failure }) => failure).length,
    ).toBe(1);
  });
});
