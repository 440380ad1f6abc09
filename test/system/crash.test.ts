import { beforeEach, expect, test } from 'vitest';
import { openCrashRoots } from '../support/crash/crash-roots.ts';
import { crashSeed, runMarathon } from '../support/crash/marathon.ts';
import { isWhole } from '../support/extent.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

test('an engine is killed anywhere: the next ones end as if nothing had been', async () => {
  await using roots = await openCrashRoots();
  const each = isWhole ? 4 : 2;
  const kills = { kernelGoes: each, moduleGoes: each, match: each };
  const { problems, ...tally } = await runMarathon(roots, { kills, seed: crashSeed() });
  expect(problems).toEqual([]);
  expect(tally.kills).toBe(3 * each);
});
