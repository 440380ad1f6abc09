import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { computeMatrix } from '../../../src/policy/matrix/matrix.ts';
import { presetPolicy } from '../../../src/policy/presets.ts';
import { textsOf } from './matrix-texts.ts';

const debian = presetPolicy('debian');
const texts = textsOf(debian);

/** docs/policy.md, section 3: what was asked for in dkms issue #364 where AUTOINSTALL is not set. */
const table = [
  { event: 'install of foo-dkms', row: 'module-install', byHand: 'A', notInstalled: 'A' },
  { event: 'upgrade of foo-dkms', row: 'module-upgrade', byHand: 'A, U', notInstalled: 'A' },
  { event: 'removal of foo-dkms', row: 'module-remove', byHand: 'U, R', notInstalled: 'R' },
  { event: 'install of linux-K', row: 'new-kernel', byHand: '–', notInstalled: '–' },
  { event: 'upgrade of linux-K', row: 'kernel-upgrade', byHand: 'K', notInstalled: '–' },
  { event: 'removal of linux-K', row: 'image-remove', byHand: 'U', notInstalled: '–' },
];

describe('AUTOINSTALL not set', () => {
  it.each(table)('$event, installed by hand: $byHand', ({ row, byHand }) =>
    expect(texts(row, 'by-hand')).toBe(byHand),
  );
  it.each(table)('$event, not installed: $notInstalled', ({ row, notInstalled }) =>
    expect(texts(row, 'not-installed')).toBe(notInstalled),
  );
});

it('has every line of the document', () => {
  const [, section = ''] = readFileSync('docs/policy.md', 'utf8').split(/^## [34]\. /m);
  const events = [...section.matchAll(/^\| (?!event)([^|]+?) \|/gm)].map(([, event]) => event);
  expect(events).toEqual(table.map(({ event }) => event));
});

it('an upgrade of linux-K that makes a module stale shows that it is', () => {
  const rows = computeMatrix(debian).groups.flatMap((group) => group.rows);
  const reasons = rows.find(({ id }) => id === 'kernel-upgrade')?.cells['by-hand'].reasons;
  expect(reasons).toContainEqual({
    code: 'outside-refresh-scope',
    words: expect.stringMatching(/AUTOINSTALL=yes; stale, include\/linux\/fs\.h changed since it was built$/),
  });
});

it.each(['headers-reconfigure', 'image-reconfigure'])('%s rebuilds what has AUTOINSTALL=yes', (row) => {
  expect(texts(row, 'autoinstall')).toBe('F');
});
