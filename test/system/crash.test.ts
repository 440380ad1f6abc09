import { beforeEach, expect, test } from 'vitest';
import { openCrashRoots } from '../support/crash/crash-roots.ts';
import { crashSeed, runMarathon } from '../support/crash/marathon.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

test('an engine is killed anywhere: the next ones end as if nothing had been', async () => {
  await using roots = await openCrashRoots();
  const kills = { kernelGoes: 2, moduleGoes: 2, match: 2 };
  const { problems, ...tally } = await runMarathon(roots, { kills, seed: crashSeed() });
  expect(problems).toEqual([]);
  expect(tally.kills).toBe(6);
});
