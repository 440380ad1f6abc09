import { expect, inject, test } from 'vitest';
import { openCrashRoots } from '../support/crash/crash-roots.ts';
import { fillDisk } from '../support/crash/full-disk.ts';
import { runMarathon } from '../support/crash/marathon.ts';

test('part', { timeout: 7_200_000 }, async () => {
  expect(inject('testBedMissing')).toBe('');
  await using roots = await openCrashRoots();
  const { problems } = await runMarathon(roots, {
    kills: { kernelGoes: 10, installByHand: 8, install: 6, refresh: 6 },
    seed: 11,
  });
  const disk = [
    ...(await fillDisk(roots, { phase: 'refresh', count: 3 })),
    ...(await fillDisk(roots, { phase: 'install', count: 3 })),
  ];
  expect([...problems, ...disk]).toEqual([]);
});
