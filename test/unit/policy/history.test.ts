import { expect, it } from 'vitest';
import { type Deed, type HistoryEntry, lastTouch } from '../../../src/policy/history.ts';
import type { PackageEvent, Skipped } from '../../../src/policy/types.ts';

const module = { name: 'foo', version: '1.0' };
const pair = { module, kernel: '6.1' };
const because = { code: 'asked' } as const;
const common = { transition: 'upgrade', at: 1 } as const;
const headers: PackageEvent = { subject: 'headers', kernel: '6.1', ...common };
const toolkit: PackageEvent = { subject: 'toolkit', ...common };

const deed: Deed = { ...pair, steps: ['build', 'install'], because };
const waiting: Skipped = { ...pair, because: { code: 'headers-missing' } };

let clock = 0;
function entry(change: Partial<HistoryEntry>): HistoryEntry {
  return { version: 1, at: ++clock, events: [], deeds: [], skipped: [], ...change };
}

it('is the last run that did something with the pair', () => {
  const runs = [entry({ deeds: [{ ...deed, steps: ['uninstall'] }] }), entry({ deeds: [deed] })];
  expect(lastTouch(runs, pair)).toEqual({ at: runs[1]?.at, events: [], outcome: deed });
});

it('is a run that was told of the pair, rather than one that looked at everything', () => {
  const told = entry({ events: [headers], skipped: [waiting] });
  const looked = entry({ events: [toolkit], skipped: [waiting] });
  expect(lastTouch([told, looked], pair)).toMatchObject({ at: told.at, events: [headers] });
  expect(lastTouch([looked], pair)).toMatchObject({ at: looked.at, events: [toolkit], outcome: waiting });
});

it('names only the events that are about the pair, where there are such', () => {
  const other: PackageEvent = { subject: 'image', kernel: '6.2', ...common };
  const own: PackageEvent = { subject: 'module', module: { name: 'foo', version: '2.0' }, ...common };
  const run = entry({ events: [other, own, headers], deeds: [deed] });
  expect(lastTouch([run], pair)?.events).toEqual([own, headers]);
});

it('is a registration when nothing else was done', () => {
  const { kernel: _kernel, ...registration } = { ...deed, steps: ['register'] as const };
  expect(lastTouch([entry({ deeds: [registration] })], pair)?.outcome).toEqual(registration);
  expect(lastTouch([entry({ deeds: [registration, deed] })], pair)?.outcome).toEqual(deed);
});

it.each([
  ['another kernel', { ...deed, kernel: '6.2' }],
  ['another version', { ...deed, module: { name: 'foo', version: '2.0' } }],
  ['a kernel alone', { kernel: '6.1', steps: [], because }],
])('is no run about %s', (_what, other) => {
  expect(lastTouch([entry({ deeds: [other] })], pair)).toBeUndefined();
});
