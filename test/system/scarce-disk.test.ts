import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { type CrashRoots, openCrashRoots } from '../support/crash/crash-roots.ts';
import { fillDisk, lockDisk, removeFromFullDisk } from '../support/crash/full-disk.ts';
import { isWhole, sample } from '../support/extent.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

let opened: CrashRoots | undefined;

beforeEach(requireTestBed);

beforeAll(async () => {
  if (inject('testBedMissing') === '') opened = await openCrashRoots();
});

afterAll(() => opened?.[Symbol.asyncDispose]());

function roots(): CrashRoots {
  if (opened === undefined) throw new Error('there are no roots');
  return opened;
}

test.for(['kernelGoes', 'kernelToldToGo', 'moduleGoes'] as const)(
  '%s on a disk without a free byte',
  async (phase) => {
    expect(await removeFromFullDisk(roots(), phase)).toEqual([]);
  },
);

test('a build on a full disk says so, keeps what works, and is made up for', async () => {
  expect(await fillDisk(roots(), { phase: 'match', count: isWhole ? 4 : 2 })).toEqual([]);
});

test.for(sample([['/lib/modules'], ['/var/lib/dkms', '/var/lib/kmodsmith']], 1))(
  '%j are read-only',
  async (readOnly) => {
    expect(await lockDisk(roots(), { phase: 'match', readOnly })).toEqual([]);
    expect(await lockDisk(roots(), { phase: 'kernelGoes', readOnly })).toEqual([]);
  },
);
