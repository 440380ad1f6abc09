import { beforeEach, expect, test } from 'vitest';
import { openCrashRoots } from '../support/crash/crash-roots.ts';
import type { CrowdResult } from '../support/crash/crowd.ts';
import { isWhole } from '../support/extent.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

test('eight engines at once leave what they leave one after the other, also when one is killed', async () => {
  await using roots = await openCrashRoots();
  const orderly = await roots.crowd({ how: 'one-by-one' });
  expect(failures(orderly)).toEqual([]);

  if (isWhole) {
    const crowd = await roots.crowd({ how: 'at-once' });
    expect(failures(crowd)).toEqual([]);
    expect(crowd.engines.filter(isWaiting).length).toBeGreaterThanOrEqual(7);
    expect(withoutOrigin(crowd)).toEqual(withoutOrigin(orderly));
  }

  const bereft = await roots.crowd({ how: 'at-once', killFirstAfter: 4000 });
  expect(failures(bereft)).toEqual([]);
  expect(bereft.engines[0]?.status).toBeNull();
  expect(withoutOrigin(bereft)).toEqual(withoutOrigin(orderly));
}, 1_800_000);

/** Those that were not killed, and what is left of any. */
function failures({ engines, left }: CrowdResult): string[] {
  const failed = engines.filter(({ status }) => status !== null && status !== 0);
  return [...left, ...failed.map(({ argv, said }) => `${argv.join(' ')}\n${said}`)];
}

function isWaiting({ said }: CrowdResult['engines'][number]): boolean {
  return said.includes('waiting for another kmodsmith to end');
}

/** Who builds a module first decides whether it came by hand. */
function withoutOrigin({ state }: CrowdResult): Record<string, string> {
  const entries = Object.entries(state).map(([path, what]) => [
    path,
    what.replace('"origin":"manual"', '"origin":"autoinstall"'),
  ]);
  return Object.fromEntries(entries);
}
