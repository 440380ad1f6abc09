import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, inject } from 'vitest';
import { scratchDirectory } from '../support/cache.ts';
import { kernelRows } from '../support/dpkg-rows/kernel-rows.ts';
import { columns, type Debs, type RowMachine } from '../support/dpkg-rows/machine.ts';
import { moduleRows } from '../support/dpkg-rows/module-rows.ts';
import { openRealMachine, packRealDebs } from '../support/dpkg-rows/real-machine.ts';
import { playRows, type Row } from '../support/dpkg-rows/rows.ts';
import { openToyMachine, packToyDebs } from '../support/dpkg-rows/toy-machine.ts';
import { twoKernelRows } from '../support/dpkg-rows/two-kernel-rows.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

// Every row of docs/policy.md, section 4, that dpkg has: with toy kernels that have the maintainer scripts of Debian's own, and
// some of them with real headers.

beforeEach(requireTestBed);

const kinds = [
  { kind: 'toy', pack: packToyDebs, open: openToyMachine },
  { kind: 'real', pack: packRealDebs, open: openRealMachine },
] as const;
const policies = [
  { preset: 'default', when: 'transaction-end', policy: '' },
  { preset: 'debian', when: 'transaction-end', policy: 'preset = "debian"\n' },
  { preset: 'default', when: 'immediate', policy: 'when = "immediate"\n' },
] as const;
const modulesOf = columns.map((column) => `${column}-dkms 1.0-1`);

describe.each(kinds)('with $kind kernels', ({ kind, pack, open }) => {
  let folder: string;
  let debs: Debs;
  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    folder = await scratchDirectory('disk');
    debs = await pack(folder);
  });
  afterAll(() => rm(folder ?? '/nowhere', { recursive: true, force: true }));

  const image = kind === 'toy' ? ['image 1'] : [];
  const groups = [
    { group: 'a kernel', rows: kernelRows, starts: modulesOf },
    { group: 'a module', rows: moduleRows, starts: [...image, 'headers 1'] },
    {
      group: 'two kernels and a module',
      rows: twoKernelRows,
      starts: [...image, 'headers 1', 'other image', 'other headers'],
    },
  ];
  describe.each(policies)('preset $preset, $when', ({ preset, when, policy }) => {
    const isPlayed = (row: Row) => (kind === 'toy' || row.real) && (when !== 'immediate' || row.immediate);
    const played = groups
      .map((group) => ({ ...group, rows: group.rows.filter(isPlayed) }))
      .filter(({ rows }) => rows.length > 0 && !(kind === 'real' && when === 'immediate'));

    describe.each(played)('$group', ({ rows, starts }) => {
      let machine: RowMachine;
      beforeAll(async () => {
        if (inject('testBedMissing') !== '') return;
        machine = await open(debs, policy);
        await machine.install(...starts);
      });
      afterAll(() => machine?.[Symbol.asyncDispose]());
      playRows(rows, { preset, machine: () => machine });
    });
  });
});
