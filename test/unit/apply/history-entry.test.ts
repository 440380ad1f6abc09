import { expect, it } from 'vitest';
import { toHistoryEntry } from '../../../src/apply/history-entry.ts';
import type { Outcome } from '../../../src/apply/performing.ts';
import type { SkipReason } from '../../../src/policy/reasons.ts';
import type { Action, InputChange, PackageEvent, Skipped } from '../../../src/policy/types.ts';

const module = { name: 'foo', version: '1.0' };
const kernel = { release: '6.1', arch: 'x86_64' };
const because = { code: 'new-kernel' } as const;
const build: Action = { do: 'build', module, kernel, origin: 'autoinstall', because };
const install: Action = { do: 'install', module, kernel, because };
const depmod: Action = { do: 'depmod', kernel, because: { code: 'modules-changed' } };

function entryOf(run: {
  events?: readonly PackageEvent[];
  outcomes?: readonly Outcome[];
  skipped?: readonly Skipped[];
}) {
  const { events = [], outcomes = [], skipped = [] } = run;
  return toHistoryEntry({ at: 7, events, outcomes, plan: { version: 1, actions: [], skipped } });
}

const skip = (reason: SkipReason): Skipped => ({ module, kernel: '6.1', because: reason });
const done = (action: Action): Outcome => ({ action, state: 'done' });

it('the steps for a pair are one deed; the index that goes with them is none', () => {
  expect(entryOf({ outcomes: [build, install, depmod].map(done) })).toEqual({
    ...{ version: 1, at: 7, events: [], skipped: [] },
    deeds: [{ module, kernel: '6.1', steps: ['build', 'install'], because }],
  });
});

it('what failed is told with its step and message, what follows is not', () => {
  const message = `make failed\n${'x'.repeat(5000)}`;
  const error = { code: 'BUILD_FAILED', class: 'api', message, hint: 'h' } as const;
  const outcomes: Outcome[] = [
    { action: build, state: 'failed', error },
    { action: install, state: 'not-reached' },
    { action: depmod, state: 'failed', error: { code: 'COMMAND_FAILED', message: 'depmod died' } },
  ];
  const entry = entryOf({ outcomes });
  expect(entry?.deeds).toMatchObject([
    { module, steps: [], failed: { step: 'build', state: 'failed', code: 'BUILD_FAILED', class: 'api' } },
    { kernel: '6.1', steps: [], failed: { step: 'depmod', message: 'depmod died' } },
  ]);
  expect(entry?.deeds[0]?.failed?.message).toHaveLength(2000);
  expect(entry?.deeds[1]).not.toHaveProperty('module');
});

it('what was not reached for its own reason says so, and what follows another says that', () => {
  const error = { code: 'DEPENDENCY_MISSING', message: 'it needs spl' };
  const register: Action = { do: 'register', module, because: { code: 'module-arrived' } };
  const states = (outcomes: Outcome[]) => entryOf({ outcomes })?.deeds.map(({ failed }) => failed);
  expect(states([{ action: build, state: 'not-reached', error }])).toEqual([
    { step: 'build', state: 'not-reached', ...error },
  ]);
  expect(
    states([
      { action: register, state: 'failed', error },
      { action: build, state: 'not-reached' },
    ]),
  ).toMatchObject([{ step: 'register' }, { state: 'not-reached', message: 'something before it failed' }]);
});

const at = { at: 1, transition: 'upgrade' } as const;

it.each<{ told: string; event: PackageEvent; isKept: boolean }>([
  { told: 'its kernel', event: { subject: 'headers', kernel: '6.1', ...at }, isKept: true },
  {
    told: 'its module',
    event: { subject: 'module', module: { ...module, version: '2' }, ...at },
    isKept: true,
  },
  { told: 'another kernel', event: { subject: 'headers', kernel: '6.2', ...at }, isKept: false },
  { told: 'everything', event: { subject: 'toolkit', ...at }, isKept: false },
])('that all is well is worth a line after an event about $told: $isKept', ({ event, isKept }) => {
  const entry = entryOf({ events: [event], skipped: [skip({ code: 'up-to-date' })] });
  expect(entry !== undefined).toBe(isKept);
});

it('an event that a hook told and the queue held is one', () => {
  const event: PackageEvent = { subject: 'headers', kernel: '6.1', ...at };
  const other: PackageEvent = { subject: 'image', kernel: '6.1', ...at };
  const events = [event, other, { ...event, at: 2, underway: true }];
  expect(entryOf({ events, outcomes: [done(build)] })?.events).toEqual([event, other]);
});

it('what waits is always told, with what is told of it by name', () => {
  const change = (name: string): InputChange => ({ kind: 'header', name, change: 'changed' });
  const changes = ['a', 'b', 'c', 'd'].map(change);
  const entry = entryOf({
    skipped: [
      skip({ code: 'headers-missing', changes }),
      skip({ code: 'failed-before', summary: 'x'.repeat(9000), log: '/l' }),
      skip({ code: 'other-version', current: '2' }),
    ],
  });
  expect(entry?.skipped.map((one) => one.because)).toEqual([
    { code: 'headers-missing', changes: changes.slice(0, 3) },
    { code: 'failed-before', summary: 'x'.repeat(2000), log: '/l' },
  ]);
});
