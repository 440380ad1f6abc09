import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, inject } from 'vitest';
import { scratchDirectory } from '../support/cache.ts';
import { kernelRows } from '../support/dpkg-rows/kernel-rows.ts';
import type { Debs, RowMachine } from '../support/dpkg-rows/machine.ts';
import { moduleRows } from '../support/dpkg-rows/module-rows.ts';
import { openRealMachine, packRealDebs } from '../support/dpkg-rows/real-machine.ts';
import { playRows } from '../support/dpkg-rows/rows.ts';
import { openToyMachine, packToyDebs } from '../support/dpkg-rows/toy-machine.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

// Every row of docs/policy.md, section 4, that dpkg has: with toy kernels that have the maintainer scripts of Debian's own, and
// some of them with real headers.

beforeEach(requireTestBed);

const kinds = [
  { kind: 'toy', pack: packToyDebs, open: openToyMachine },
  { kind: 'real', pack: packRealDebs, open: openRealMachine },
] as const;
const policies = [
  { preset: 'default', policy: '' },
  { preset: 'debian', policy: 'preset = "debian"\n' },
] as const;

describe.each(kinds)('with $kind kernels', ({ kind, pack, open }) => {
  let folder: string;
  let debs: Debs;
  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    folder = await scratchDirectory('disk');
    debs = await pack(folder);
  });
  afterAll(() => rm(folder ?? '/nowhere', { recursive: true, force: true }));

  describe.each(policies)('preset $preset', ({ preset, policy }) => {
    const played = <R extends { real?: true }>(rows: readonly R[]) =>
      kind === 'real' ? rows.filter((row) => row.real) : rows;

    describe('a kernel', () => {
      let machine: RowMachine;
      beforeAll(async () => {
        if (inject('testBedMissing') !== '') return;
        machine = await open(debs, policy);
        await machine.install('auto-dkms 1.0-1', 'hand-dkms 1.0-1', 'none-dkms 1.0-1');
      });
      afterAll(() => machine?.[Symbol.asyncDispose]());
      playRows(played(kernelRows), { preset, machine: () => machine });
    });

    describe('a module', () => {
      let machine: RowMachine;
      beforeAll(async () => {
        if (inject('testBedMissing') !== '') return;
        machine = await open(debs, policy);
        await machine.install(...(kind === 'toy' ? ['image 1'] : []), 'headers 1');
      });
      afterAll(() => machine?.[Symbol.asyncDispose]());
      playRows(played(moduleRows), { preset, machine: () => machine });
    });
  });
});
