import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { scratchDirectory } from '../cache.ts';
import { isWhole } from '../extent.ts';
import { playRows, type Row } from '../rows/rows.ts';
import { columns } from '../rows/sight.ts';
import { kernelRows } from './kernel-rows.ts';
import type { Debs, RowMachine } from './machine.ts';
import { moduleRows } from './module-rows.ts';
import { twoKernelRows } from './two-kernel-rows.ts';

const policies = [
  { preset: 'default', when: 'transaction-end', policy: '' },
  { preset: 'debian', when: 'transaction-end', policy: 'preset = "debian"\n' },
  { preset: 'default', when: 'immediate', policy: 'when = "immediate"\n' },
] as const;
const modulesOf = columns.map((column) => `${column}-dkms 1.0-1`);

/** Kernels of a kind, and the machines that have them. */
export interface Kind {
  readonly kind: 'toy' | 'real';
  /** Packs what the rows install into a folder. */
  readonly pack: (folder: string) => Promise<Debs>;
  readonly open: (debs: Debs, policy: string) => Promise<RowMachine>;
}

/** The sample: all rows that toy kernels have by default, and of the others how many of a kernel's first ones. */
const sampled = { toy: 5, real: 4 } as const;

/** Declares the rows of docs/policy.md, section 4, that such kernels can have: for each policy, and each group on one machine. */
export function playMatrix({ kind, pack, open }: Kind): void {
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
  const inQuestion = policies
    .filter(({ when }) => kind === 'toy' || when !== 'immediate')
    .slice(0, kind === 'real' && !isWhole ? 1 : undefined);
  describe.each(inQuestion)('preset $preset, $when', ({ preset, when, policy }) => {
    const isPlayed = (row: Row<RowMachine>) =>
      (kind === 'toy' || row.real) && (when !== 'immediate' || row.immediate);
    const isAll = isWhole || (kind === 'toy' && policy === '');
    const played = groups
      .slice(0, isAll ? undefined : 1)
      .map((group) => ({
        ...group,
        rows: group.rows.filter(isPlayed).slice(0, isAll ? undefined : sampled[kind]),
      }))
      .filter(({ rows }) => rows.length > 0);

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
}
