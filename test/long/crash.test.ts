import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { type CrashRoots, openCrashRoots } from '../support/crash/crash-roots.ts';
import { crashSeed, runMarathon } from '../support/crash/marathon.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

/** 200 in all; those of a build take longest. */
const kills = {
  install: 40,
  autoinstall: 15,
  refresh: 45,
  kernelGoes: 30,
  moduleGoes: 30,
  installByHand: 20,
  match: 20,
} as const;

const seed = crashSeed();
let roots: CrashRoots | undefined;

beforeEach(requireTestBed);

beforeAll(async () => {
  if (inject('testBedMissing') === '') roots = await openCrashRoots();
});

afterAll(() => roots?.[Symbol.asyncDispose]());

test.for(Object.entries(kills))(
  '%s is cut short %i times',
  { timeout: 7_200_000 },
  async ([phase, wanted]) => {
    if (roots === undefined) throw new Error('there are no roots');
    const tally = await runMarathon(roots, { kills: { [phase]: wanted }, seed });
    expect(tally.problems).toEqual([]);
    expect(tally.kills).toBe(wanted);
  },
);
