import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { scratchDirectory } from '../cache.ts';
import { sample } from '../extent.ts';
import { playRows } from '../rows/rows.ts';
import { columns } from '../rows/sight.ts';
import { kernelRows } from './kernel-rows.ts';
import { openRpmMachine, type RpmMachine } from './machine.ts';
import { moduleRows } from './module-rows.ts';
import { type Packages, packRowPackages } from './packages.ts';
import type { Tool } from './transactions.ts';

const policies = [
  { preset: 'default', policy: '' },
  { preset: 'fedora', policy: 'preset = "fedora"\n' },
] as const;

const groups = [
  { group: 'a kernel', rows: kernelRows, starts: columns.map((column) => `${column}-dkms 1.0-1`) },
  { group: 'a module', rows: moduleRows, starts: ['kernel 1', 'devel 1'] },
];

/**
 * Declares the rows of docs/policy.md, section 4, that rpm can have, for each preset, and each group on one machine; of each
 * group the first so many, if not all are played.
 */
export function playRpmMatrix(tool: Tool, count = Infinity): void {
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
      let machine: RpmMachine;
      beforeAll(async () => {
        if (inject('testBedMissing') !== '') return;
        machine = await openRpmMachine({ packages, policy, tool });
        await machine.install(...starts);
      });
      afterAll(() => machine?.[Symbol.asyncDispose]());
      const own = rows.filter((row) => row.tools?.includes(tool) ?? true);
      playRows(sample(own, count), { preset, machine: () => machine });
    });
  });
}
