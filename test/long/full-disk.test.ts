import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { type CrashRoots, openCrashRoots } from '../support/crash/crash-roots.ts';
import { fillDisk } from '../support/crash/full-disk.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

let roots: CrashRoots | undefined;

beforeEach(requireTestBed);

beforeAll(async () => {
  if (inject('testBedMissing') === '') roots = await openCrashRoots();
});

afterAll(() => roots?.[Symbol.asyncDispose]());

test.for(['install', 'refresh'] as const)(
  '%s on a disk that is full to 30 levels',
  {
    timeout: 7_200_000,
  },
  async (phase) => {
    if (roots === undefined) throw new Error('there are no roots');
    expect(await fillDisk(roots, { phase, count: 30 })).toEqual([]);
  },
);
