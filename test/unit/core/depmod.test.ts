import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isIndexOutdated, runDepmod } from '../../../src/core/depmod.ts';
import { makeMachine, release } from './machine.ts';

const modules = `lib/modules/${release}`;
const installed = `/${modules}/updates/dkms/foo.ko.xz`;

it('depmod does not make a kernel out of leftovers', async () => {
  const { layout, scratch } = makeMachine();
  await runDepmod(layout, release);
  expect(readdirSync(`${scratch.path}/${modules}`)).toEqual(['build']);
  expect(await isIndexOutdated(layout, release, [installed])).toBe(false);
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
      what: "with a module of the kernel's own that is gone is not ours to judge",
      index: 'updates/dkms/foo.ko.xz:\nkernel/gone.ko:\n',
      outdated: false,
    },
  ])('$what', async ({ index, outdated }) => {
    const { layout, scratch } = makeMachine();
    scratch.write(`${modules}/modules.order`, '');
    scratch.write(`${modules}/updates/dkms/foo.ko.xz`, '');
    if (index !== undefined) scratch.write(`${modules}/modules.dep`, index);
    expect(await isIndexOutdated(layout, release, [installed])).toBe(outdated);
  });
});
