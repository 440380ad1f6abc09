import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { scratchDirectory } from '../support/cache.ts';
import { sample } from '../support/extent.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { playRows } from '../support/rows/rows.ts';
import { columns } from '../support/rows/sight.ts';
import { openRpmMachine, type RpmMachine } from '../support/rpm-rows/machine.ts';
import { manyKernelRows } from '../support/rpm-rows/many-kernel-rows.ts';
import { many, type Packages, packRowPackages } from '../support/rpm-rows/packages.ts';

// Kernels side by side, by dnf, rpm and zypper, and kernel-install with its own plugins before and after ours.

beforeEach(requireTestBed);

let folder: string;
let packages: Packages;
beforeAll(async () => {
  if (inject('testBedMissing') !== '') return;
  folder = await scratchDirectory('disk');
  packages = await packRowPackages(folder, /^many|-dkms (1\.0-1|3\.0-1)$|^kmodsmith$|^owner$/);
});
afterAll(() => rm(folder ?? '/nowhere', { recursive: true, force: true }));

/** Between 50-depmod and 90-loaderentry: what it is called with, and which modules are there by then. */
const witness = `#!/bin/sh
echo "$1 $2 $(find /lib/modules/$2/extra -name '*.ko' -printf '%f ' 2>/dev/null)" >>/srv/witness
`;

const open = async (tool: 'rpm' | 'dnf' | 'zypper') => {
  const machine = await openRpmMachine({ packages, policy: '', tool });
  await machine.root.write('/usr/lib/kernel/install.d/60-witness.install', witness, 0o755);
  await machine.install(...columns.map((column) => `${column}-dkms 1.0-1`));
  return { ...machine, kernel: many[0], other: many[1] };
};

describe.each(sample(['dnf', 'rpm', 'zypper'] as const, 1))('%s', (tool) => {
  let machine: RpmMachine;
  beforeAll(async () => {
    if (inject('testBedMissing') === '') machine = await open(tool);
  });
  afterAll(() => machine?.[Symbol.asyncDispose]());
  const rows = manyKernelRows.filter((row) => row.tools?.includes(tool) ?? true);
  playRows(rows, { preset: 'default', machine: () => machine });
});

test('a module that fails keeps no plugin of kernel-install from running', async () => {
  await using machine = await open('rpm');
  await machine.root.write('/etc/kmodsmith/policy.d/20-strict.toml', 'failure = "fail"\n');
  await machine.install('auto-dkms 3.0-1');
  const said = await machine.install('many 1', 'many devel 1');
  expect(said).toContain('kmodsmith: failed: ');
  const [{ release }] = many;
  expect(await machine.run('cat', '/srv/witness')).toContain(`add ${release}`);
  await machine.run('kernel-install', 'add', release, `/lib/modules/${release}/vmlinuz`);
});

test('in another root without /proc, as installers do it', async () => {
  await using machine = await open('rpm');
  const files = ['many 1', 'many devel 1'].map((name) => packages[name]?.file.replace(/^.*\//, '') ?? name);
  const script = `mkdir /srv/root
mount --bind / /srv/root
cd /srv/repository
rpm --root /srv/root -i ${files.join(' ')}
umount /srv/root`;
  const said = await machine.run('sh', '-ec', script);
  expect(said).toContain('kmodsmith: building auto');
  const [{ release }] = many;
  expect((await machine.look()).modules.auto.installed).toHaveProperty([release]);
  expect(await machine.run('kmodsmith', 'verify')).toContain('all in order');
});
