import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isIndexOutdated, runDepmod } from '../../../src/core/install/depmod.ts';
import { makeMachine, release } from './machine.ts';
import { moduleBytes } from './modules.ts';

const modules = `lib/modules/${release}`;
const installed = `/${modules}/updates/dkms/foo.ko.xz`;

it('depmod does not make a kernel out of leftovers', async () => {
  const { layout, scratch } = makeMachine();
  await runDepmod(layout, release);
  expect(readdirSync(`${scratch.path}/${modules}`)).toEqual(['build']);
  expect(await isIndexOutdated(layout, release, [installed])).toBe(false);
});

it('depmod does not make a kernel out of what its headers depend on', async () => {
  const { layout, scratch } = makeMachine();
  rmSync(`${scratch.path}/boot/vmlinuz-${release}`);
  for (const name of ['modules.order', 'modules.builtin', 'System.map'])
    scratch.write(`${modules}/${name}`, '');
  await runDepmod(layout, release);
  expect(existsSync(`${scratch.path}/${modules}/modules.dep`)).toBe(false);
  expect(await isIndexOutdated(layout, release, [installed])).toBe(false);
});

describe('depmod', () => {
  it('makes the index of a kernel, and of one that has none if asked to', async () => {
    const { layout, scratch } = makeMachine();
    scratch.write(`${modules}/modules.order`, '');
    scratch.write(`${modules}/updates/dkms/foo.ko`, moduleBytes({ version: '1' }));
    await runDepmod(layout, release, 'renew');
    expect(existsSync(`${scratch.path}/${modules}/modules.dep`)).toBe(false);
    await runDepmod(layout, release);
    const index = () => readFileSync(`${scratch.path}/${modules}/modules.dep`, 'utf8');
    expect(index()).toBe('updates/dkms/foo.ko:\n');
    rmSync(`${scratch.path}/${modules}/updates`, { recursive: true });
    await runDepmod(layout, release, 'renew');
    expect(index()).toBe('');
  });

  it('clears the index that is left of a kernel, and the folder when that is empty', async () => {
    for (const left of [[], ['build']]) {
      const { layout, scratch } = makeMachine();
      if (left.length === 0) rmSync(`${scratch.path}/${modules}/build`);
      for (const name of ['modules.dep', 'modules.alias.bin', 'modules.softdep'])
        scratch.write(`${modules}/${name}`, 'updates/gone.ko:\n');
      await runDepmod(layout, release);
      const path = `${scratch.path}/${modules}`;
      expect(existsSync(path) ? readdirSync(path) : []).toEqual(left);
      expect(existsSync(`${scratch.path}/lib/modules`)).toBe(true);
    }
  });

  it('keeps an empty index of a kernel without modules', async () => {
    const { layout, scratch } = makeMachine();
    scratch.write(`${modules}/modules.builtin`, 'kernel/a.ko\n');
    await runDepmod(layout, release);
    expect(readdirSync(`${scratch.path}/${modules}`)).toContain('modules.dep');
  });

  it('has nothing to do with modules elsewhere', async () => {
    const { layout, scratch } = makeMachine();
    scratch.write(`srv/modules/${release}/modules.dep`, 'as it was');
    await runDepmod({ ...layout, installTree: `${scratch.path}/srv/modules` }, release);
    expect(readFileSync(`${scratch.path}/srv/modules/${release}/modules.dep`, 'utf8')).toBe('as it was');
  });

  it('that fails is an error, and leaves the index as it was', async () => {
    const { layout, scratch } = makeMachine();
    scratch.write(`${modules}/kernel/a.ko`, moduleBytes());
    scratch.write(`${modules}/modules.dep`, 'kernel/old.ko:\n');
    // depmod puts modules.dep in place before it comes to this one.
    scratch.write(`${modules}/modules.symbols/in-the-way`, '');
    await expect(runDepmod(layout, release)).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    expect(readFileSync(`${scratch.path}/${modules}/modules.dep`, 'utf8')).toBe('kernel/old.ko:\n');
    expect(readdirSync(`${scratch.path}/${modules}`)).not.toContain('.kmodsmith-index');
  });

  it('that did not come to its end leaves an index that is outdated', async () => {
    const { layout, scratch } = makeMachine();
    scratch.write(`${modules}/kernel/a.ko`, moduleBytes());
    await runDepmod(layout, release);
    expect(await isIndexOutdated(layout, release, [])).toBe(false);
    scratch.write(`${modules}/.kmodsmith-index/modules.dep`, '');
    scratch.write(`${modules}/modules.dep.bin.99999999.1.2`, '');
    scratch.write(`${modules}/modules.dep.bin.${process.pid}.1.2`, '');
    expect(await isIndexOutdated(layout, release, [])).toBe(true);
    await runDepmod(layout, release);
    expect(await isIndexOutdated(layout, release, [])).toBe(false);
    const left = readdirSync(`${scratch.path}/${modules}`).filter((name) => name.endsWith('.1.2'));
    expect(left).toEqual([`modules.dep.bin.${process.pid}.1.2`]);
  });
});

describe('an index', () => {
  it.each([
    {
      what: 'that lists what is installed is current',
      index: 'updates/dkms/foo.ko.xz: kernel/a.ko\n',
      outdated: false,
    },
    { what: 'without an installed module is outdated', index: 'kernel/a.ko:\n', outdated: true },
    { what: 'that is not there is outdated', index: undefined, outdated: true },
    {
      what: 'with an added module that is gone is outdated',
      index: 'updates/dkms/foo.ko.xz:\nextra/bar.ko:\n',
      outdated: true,
    },
    {
      what: 'with a link to a module of another kernel that is gone is outdated',
      index: 'updates/dkms/foo.ko.xz:\nweak-updates/bar.ko:\n',
      outdated: true,
    },
    {
      what: 'with a link to a module of another kernel is current, wherever that leads',
      index: 'updates/dkms/foo.ko.xz:\nweak-updates/linked.ko:\n',
      outdated: false,
    },
    {
      what: "with a module of the kernel's own that is gone is not ours to judge",
      index: 'updates/dkms/foo.ko.xz:\nkernel/gone.ko:\n',
      outdated: false,
    },
  ])('$what', async ({ index, outdated }) => {
    const { layout, scratch } = makeMachine();
    scratch.write(`${modules}/modules.order`, '');
    scratch.write(`${modules}/updates/dkms/foo.ko.xz`, '');
    scratch.link('/nowhere', `${modules}/weak-updates/linked.ko`);
    if (index !== undefined) scratch.write(`${modules}/modules.dep`, index);
    expect(await isIndexOutdated(layout, release, [installed])).toBe(outdated);
  });
});
