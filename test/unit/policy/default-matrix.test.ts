import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/policy/knobs.ts';
import { columns } from '../../../src/policy/matrix/columns.ts';
import { computeMatrix, rowGroups } from '../../../src/policy/matrix/matrix.ts';
import { installedIn } from '../../../src/policy/matrix/outcome.ts';
import { type Act, play } from '../../../src/policy/matrix/play.ts';
import type { Happening } from '../../../src/policy/matrix/row.ts';
import { textsOf } from './matrix-texts.ts';

const texts = textsOf(defaultPolicy);

/** A line of docs/policy.md, section 4, with its cells as rows of ours tell them. */
interface Line {
  /** As its first cell there begins. */
  line: string;
  rows: string[];
  so: [autoinstall: string, byHand: string, notInstalled: string];
}

const lines: Line[] = [
  {
    line: 'headers and image of a new release arrive',
    rows: ['new-kernel', 'new-image-first', 'new-headers-first', 'new-headers'],
    so: ['B', '–', '–'],
  },
  { line: 'image without headers', rows: ['new-image'], so: ['waits for headers', '–', '–'] },
  {
    line: 'same-release image or headers upgrade, downgrade, reinstall',
    rows: ['image-upgrade', 'headers-upgrade', 'kernel-upgrade', 'image-reinstall'],
    so: ['S', 'S', '–'],
  },
  {
    line: 'reconfigure of headers or image',
    rows: ['image-reconfigure', 'headers-reconfigure'],
    so: ['F', 'F', '–'],
  },
  { line: 'headers removed, image stays', rows: ['headers-remove'], so: ['K', 'K', '–'] },
  {
    line: 'image removed',
    rows: ['image-remove', 'kernel-remove', 'headers-remove-first', 'image-purge'],
    so: ['U', 'U', '–'],
  },
  {
    line: 'image removed',
    rows: ['kernel-replaced'],
    so: ['B, U for the old kernel', 'U for the old kernel', '–'],
  },
  {
    line: 'image or headers: aborted install or upgrade',
    rows: ['image-abort', 'headers-abort', 'image-remove-abort'],
    so: ['K', 'K', '–'],
  },
  // There is nothing yet that could be lost.
  {
    line: 'image or headers: aborted install or upgrade',
    rows: ['new-kernel-abort'],
    so: ['–', '–', '–'],
  },
  { line: 'module package installed', rows: ['module-install'], so: ['A, B everywhere', 'A', 'A'] },
  {
    line: 'module package installed',
    rows: ['module-install-without-headers'],
    so: ['A, waits for headers, B elsewhere', 'A', 'A'],
  },
  {
    line: 'module upgraded to a new version, downgraded',
    rows: ['module-upgrade', 'module-downgrade'],
    so: ['A, carry', 'A, carry', 'A'],
  },
  {
    line: 'module reinstalled, reconfigured, same version',
    rows: ['module-reinstall'],
    so: ['S', 'S', 'A'],
  },
  {
    line: 'module reinstalled, reconfigured, same version',
    rows: ['module-reconfigure'],
    so: ['F', 'F', 'A'],
  },
  {
    line: 'AUTOINSTALL flips yes to no across an upgrade',
    rows: ['flip-off'],
    so: ['A, carry', 'A, carry', 'A'],
  },
  // The version stays, and so does what is built of it.
  {
    line: 'AUTOINSTALL flips yes to no across an upgrade',
    rows: ['flip-off-same'],
    so: ['S', 'S', 'A'],
  },
  {
    line: 'AUTOINSTALL flips no to yes',
    rows: ['flip-on'],
    so: ['A, B everywhere', 'A, carry, B elsewhere', 'A, B everywhere'],
  },
  {
    line: 'AUTOINSTALL flips no to yes',
    rows: ['flip-on-same'],
    so: ['B everywhere', 'S, B elsewhere', 'B everywhere'],
  },
  {
    line: 'module package removed or purged',
    rows: ['module-remove', 'module-purge'],
    so: ['U, R', 'U, R', 'R'],
  },
  {
    line: 'module package: aborted upgrade or removal',
    rows: ['module-upgrade-abort', 'module-remove-abort'],
    so: ['K', 'K', 'A'],
  },
  {
    line: 'kernel and module (and toolkit) in one transaction, any order',
    rows: ['kernel-and-module', 'kernel-module-and-toolkit'],
    so: ['A, B everywhere', 'A', 'A'],
  },
  {
    line: 'kernel and module (and toolkit) in one transaction, any order',
    rows: ['kernel-and-upgrade'],
    so: ['A, B for K, carry elsewhere', 'A, carry for the old kernel', 'A'],
  },
  {
    line: 'toolkit installed or upgraded',
    rows: ['toolkit-install', 'toolkit-upgrade'],
    so: ['S', 'S', '–'],
  },
  {
    line: 'toolkit installed or upgraded',
    rows: ['toolkit-install-later'],
    so: ['B for K, S elsewhere', 'S for the old kernel', '–'],
  },
  { line: 'toolkit removed', rows: ['toolkit-remove'], so: ['K', 'K', '–'] },
  { line: 'boot', rows: ['boot'], so: ['S', 'S', '–'] },
  { line: 'boot', rows: ['boot-later'], so: ['B for K, S elsewhere', 'S for the old kernel', '–'] },
  // "A pair that cannot be built": the old build is kept.
  {
    line: 'same-release image or headers upgrade, downgrade, reinstall',
    rows: ['image-upgrade-without-headers'],
    so: ['K', 'K', '–'],
  },
  {
    line: 'same-release image or headers upgrade, downgrade, reinstall',
    rows: ['kernel-upgrade-fails'],
    so: ['K, warn', 'K, warn', '–'],
  },
  {
    line: 'headers and image of a new release arrive',
    rows: ['new-kernel-fails'],
    so: ['–, warn', '–', '–'],
  },
  {
    line: 'module upgraded to a new version, downgraded',
    rows: ['module-upgrade-fails'],
    so: ['A, K, warn', 'A, K, warn', 'A'],
  },
];

describe.each(lines)('$line', ({ rows, so }) => {
  it.each(rows.flatMap((row) => columns.map((column, index) => ({ row, column, is: so[index] }))))(
    '$row, $column: $is',
    ({ row, column, is }) => expect(texts(row, column)).toBe(is),
  );
});

it('every row is expected somewhere, and every line of the document has rows', () => {
  const known = rowGroups.flatMap(({ rows }) => rows.map(({ id }) => id));
  expect(lines.flatMap(({ rows }) => rows).sort()).toEqual([...known].sort());
  const [, section = ''] = readFileSync('docs/policy.md', 'utf8').split('## 4. ');
  const events = [...section.matchAll(/^\| (?!event)([^|]+?) \|/gm)].map(([, event = '']) => event);
  expect(events.length).toBeGreaterThan(15);
  for (const event of events) expect(lines.filter(({ line }) => event.startsWith(line))).not.toEqual([]);
});

describe('kernel and module (and toolkit) in one transaction', () => {
  const together = rowGroups.flatMap(({ kernel, rows }) =>
    rows
      .filter(({ id }) => id.startsWith('kernel-and') || id === 'kernel-module-and-toolkit')
      .map((row) => ({ row, kernel })),
  );
  const cases = together.flatMap(({ row, kernel }) =>
    columns.map((column) => ({ id: row.id, row, kernel, column })),
  );

  it('has rows', () => expect(together).toHaveLength(3));

  it.each(cases)(
    '$id, $column: one build a pair, the same in the end for every order',
    ({ row, kernel, column }) => {
      const [told = []] = row.told;
      const results = permutations(told).flatMap((order) =>
        (['transaction-end', 'immediate'] as const).map((when) => {
          const policy = { ...defaultPolicy, when };
          const acts = play({ row: { ...row, told: [order] }, kernel, column, policy, isStale: false });
          const builds = acts.flatMap(({ plan }) => plan.actions.filter((action) => action.do === 'build'));
          const pairs = builds.map((build) => `${build.module.version} ${build.kernel.release}`);
          expect(new Set(pairs).size).toBe(pairs.length);
          return endOf(acts);
        }),
      );
      expect(new Set(results).size).toBe(1);
    },
  );
});

function endOf(acts: readonly Act[]): string {
  const after = acts.at(-1)?.after;
  const installed = after?.kernels.map(({ release }) => `${release} ${installedIn(after, release)?.version}`);
  const registered = after?.modules.map(({ version, registered }) => `${version} ${registered}`);
  return JSON.stringify([installed, registered]);
}

function permutations(items: readonly Happening[]): Happening[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((others) => [item, ...others]),
  );
}

it('a rebuild in any case is told from one of what is stale', () => {
  const matrix = computeMatrix({ ...defaultPolicy, refresh: 'always' });
  const row = matrix.groups.flatMap(({ rows }) => rows).find(({ id }) => id === 'headers-upgrade');
  expect(row?.cells.autoinstall).toMatchObject({
    text: 'F',
    reasons: [{ code: 'refresh-always', words: expect.stringContaining("refresh = 'always'") }],
  });
});
