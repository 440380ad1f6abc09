import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { scratchDirectory } from '../cache.ts';
import { sample } from '../extent.ts';
import { playRows } from '../rows/rows.ts';
import { columns } from '../rows/sight.ts';
import { kernelRows } from './kernel-rows.ts';
import { openPacmanMachine, type Packages, type PacmanMachine, packRowPackages } from './machine.ts';
import { moduleRows } from './module-rows.ts';

const policies = [
  { preset: 'default', policy: '' },
  { preset: 'arch', policy: 'preset = "arch"\n' },
] as const;

const groups = [
  { group: 'a kernel', rows: kernelRows, starts: columns.map((column) => `${column}-dkms 1.0-1`) },
  { group: 'a module', rows: moduleRows, starts: ['linux 1', 'headers 1'] },
];

/** Declares the rows of docs/policy.md, section 4, that pacman can have, for each preset, and each group on one machine. */
export function playPacmanMatrix(): void {
  let folder: string;
  let packages: Packages;
  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    folder = await scratchDirectory('disk');
    packages = await packRowPackages(folder);
  });
  afterAll(() => rm(folder ?? '/nowhere', { recursive: true, force: true }));

  describe.each(sample(policies, 1))('preset $preset', ({ preset, policy }) => {
    describe.each(groups)('$group', ({ rows, starts }) => {
      let machine: PacmanMachine;
      beforeAll(async () => {
        if (inject('testBedMissing') !== '') return;
        machine = await openPacmanMachine(packages, policy);
        await machine.install(...starts);
      });
      afterAll(() => machine?.[Symbol.asyncDispose]());
      playRows(rows, { preset, machine: () => machine });
    });
  });
}
