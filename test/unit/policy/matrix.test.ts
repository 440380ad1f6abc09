import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/policy/decide.ts';
import { defaultPolicy, type Policy } from '../../../src/policy/knobs.ts';
import { defaultPolicies } from '../../../src/policy/policies.ts';
import type { InputChange, PackageEvent, Plan } from '../../../src/policy/types.ts';
import { deepFreeze, moduleId, type WorldSketch, world } from '../../support/world.ts';

const K = '6.12.1-amd64';
const other = '6.12.2-amd64';
const now = 300;
const stale: InputChange[] = [{ kind: 'header', name: 'include/linux/fs.h', change: 'changed' }];
const failure = { summary: 'foo does not compile', class: 'source', log: '/log', at: 250 } as const;

type Told = string | { told: string; at?: number; underway?: boolean };

/** `image:upgrade`, `headers:install`, `module:remove:foo/1.0`, `toolkit:upgrade`; kernels are K unless named. */
function event(told: Told): PackageEvent {
  const { told: text, at = now, underway } = typeof told === 'string' ? { told } : told;
  const [subject, transition, object] = text.split(':') as [
    PackageEvent['subject'],
    PackageEvent['transition'],
    string?,
  ];
  const common = { transition, at, ...(underway !== undefined && { underway }) };
  if (subject === 'module') return { subject, module: moduleId(object ?? 'foo/1.0'), ...common };
  return subject === 'toolkit' ? { subject, ...common } : { subject, kernel: object ?? K, ...common };
}

interface Row {
  row: string;
  events?: Told[];
  kernel?: WorldSketch['kernels'][string];
  module?: WorldSketch['modules'][string];
  pair?: NonNullable<WorldSketch['pairs']>[string];
  policy?: Partial<Policy>;
  so: string;
}

/** One module foo/1.0 and one kernel K: the steps for them and their reason, or the reason why nothing is done. */
function outcome({ events = [], kernel = {}, module = {}, pair = {}, policy = {} }: Row): string {
  const facts = world({
    kernels: { [K]: kernel },
    modules: { 'foo/1.0': module },
    pairs: { [`foo/1.0 ${K}`]: pair },
  });
  return summary(
    decide(
      deepFreeze(events.map(event)),
      facts,
      deepFreeze({ base: { ...defaultPolicy, ...policy }, modules: {} }),
    ),
  );
}

function summary({ actions, skipped }: Plan): string {
  const steps = actions.map((action) => action.do).join(' ');
  const [reason] = [...actions, ...skipped];
  return steps === '' ? `- ${reason?.because.code}` : `${steps}: ${reason?.because.code}`;
}

const check = (row: Row) => expect(outcome(row)).toBe(row.so);
const absent = { image: 'absent', headers: 'absent' } as const;
const byHand = { autoinstall: false };

describe('a new kernel release', () => {
  it.each<Row>([
    { row: 'image, then headers', events: ['image:install', 'headers:install'], so: 'B' },
    { row: 'headers, then image', events: ['headers:install', 'image:install'], so: 'B' },
    { row: 'headers after the image', events: ['headers:install'], so: 'B' },
    { row: 'image after the headers', events: ['image:install'], so: 'B' },
    { row: 'reconcile everything', so: 'B' },
    { row: 'toolkit arrives', events: ['toolkit:install'], so: 'B' },
    { row: 'module arrives', events: ['module:install'], so: 'B' },
    {
      row: 'headers alone, their image on its way',
      events: ['headers:install'],
      kernel: { image: 'absent' },
      so: 'build install: new-kernel',
    },
    {
      row: 'the image follows in a second transaction',
      events: ['image:install'],
      pair: { build: {} },
      so: '- up-to-date',
    },
    {
      row: 'the headers follow what was built before',
      events: ['headers:install'],
      pair: { build: {} },
      so: '- up-to-date',
    },
    {
      row: 'image without headers',
      events: ['image:install'],
      kernel: { headers: 'absent' },
      so: '- headers-missing',
    },
    {
      row: 'half-configured headers',
      events: ['image:install'],
      kernel: { headers: 'unusable' },
      so: '- headers-unusable',
    },
    { row: 'headers without an image, nobody asks', kernel: { image: 'absent' }, so: '- image-missing' },
    {
      row: 'headers without an image, module arrives',
      kernel: { image: 'absent' },
      events: ['module:install'],
      so: 'build install: new-kernel',
    },
    {
      row: 'headers without an image, another version of the module leaves',
      kernel: { image: 'absent' },
      events: ['module:remove:foo/0.9'],
      so: '- image-missing',
    },
    { row: 'AUTOINSTALL off', events: ['image:install'], module: byHand, so: '- autoinstall-off' },
    { row: 'excluded', events: ['image:install'], pair: { excluded: 'x' }, so: '- excluded' },
    { row: 'broken conf', events: ['image:install'], module: { problem: 'x' }, so: '- module-problem' },
    {
      row: 'conf broken for this kernel',
      events: ['image:install'],
      pair: { problem: 'x' },
      so: '- module-problem',
    },
    { row: 'failed before', events: ['image:install'], pair: { failure }, so: '- failed-before' },
    {
      row: 'failed before, reconfigured since',
      events: ['headers:reconfigure'],
      pair: { failure },
      so: 'B',
    },
    {
      row: 'failed again after the reconfiguration',
      events: ['headers:reconfigure'],
      pair: { failure: { ...failure, at: 310 } },
      so: '- failed-before',
    },
  ])('$row', (row) => check({ ...row, so: row.so === 'B' ? 'build install depmod: new-kernel' : row.so }));
});

const rebuild = 'build install depmod';

describe.each(['image', 'headers'])('%s of the same release', (subject) => {
  const upgrade = [`${subject}:upgrade`];
  const reconfigure = [`${subject}:reconfigure`];
  const arrived = { changedAt: 290 };
  it.each<Row>([
    { row: 'not stale', events: upgrade, pair: { build: {} }, so: '- up-to-date' },
    {
      row: 'stale',
      events: upgrade,
      pair: { build: { changes: stale } },
      so: `${rebuild}: inputs-changed`,
    },
    {
      row: 'stale, by hand',
      events: upgrade,
      module: byHand,
      pair: { build: { changes: stale } },
      so: `${rebuild}: inputs-changed`,
    },
    {
      row: 'not installed by hand',
      events: upgrade,
      module: byHand,
      so: '- autoinstall-off',
    },
    {
      row: 'refresh never',
      events: upgrade,
      policy: { refresh: 'never' },
      pair: { build: { changes: stale } },
      so: '- refresh-never',
    },
    {
      row: 'refresh never, not stale',
      events: upgrade,
      policy: { refresh: 'never' },
      pair: { build: {} },
      so: '- up-to-date',
    },
    {
      row: 'refresh always',
      events: upgrade,
      policy: { refresh: 'always' },
      kernel: arrived,
      pair: { build: {} },
      so: `${rebuild}: refresh-always`,
    },
    {
      row: 'refresh always, already done in this transaction',
      events: upgrade,
      policy: { refresh: 'always' },
      kernel: arrived,
      pair: { build: { builtAt: 295 } },
      so: '- up-to-date',
    },
    {
      row: 'refresh always, the other one was there before',
      events: [`${subject}:install`],
      policy: { refresh: 'always' },
      kernel: arrived,
      pair: { build: {} },
      so: '- up-to-date',
    },
    {
      row: 'refresh always, told as removal and installation',
      events: [{ told: `${subject}:remove`, at: 280 }, `${subject}:install`],
      policy: { refresh: 'always' },
      kernel: arrived,
      pair: { build: {} },
      so: `${rebuild}: refresh-always`,
    },
    {
      row: 'scope autoinstall leaves what was installed by hand',
      events: upgrade,
      policy: { 'refresh-scope': 'autoinstall' },
      module: byHand,
      pair: { build: { changes: stale } },
      so: '- outside-refresh-scope',
    },
    {
      row: 'scope autoinstall covers AUTOINSTALL=yes',
      events: upgrade,
      policy: { 'refresh-scope': 'autoinstall' },
      pair: { build: { changes: stale } },
      so: `${rebuild}: inputs-changed`,
    },
    {
      row: 'stale, failed before',
      events: upgrade,
      pair: { failure, build: { changes: stale } },
      so: '- failed-before',
    },
    {
      row: 'stale, unusable headers',
      events: upgrade,
      kernel: { headers: 'unusable' },
      pair: { build: { changes: stale } },
      so: '- headers-unusable',
    },
    { row: 'reconfigure', events: reconfigure, pair: { build: {} }, so: `${rebuild}: reconfigured` },
    {
      row: 'reconfigure, done since',
      events: reconfigure,
      pair: { build: { builtAt: 305 } },
      so: '- up-to-date',
    },
    {
      row: 'reconfigure never, although stale',
      events: reconfigure,
      policy: { reconfigure: 'never' },
      pair: { build: { changes: stale } },
      so: '- refresh-never',
    },
    {
      row: 'reconfigure never does not hold back an upgrade beside it',
      events: [...reconfigure, ...upgrade],
      policy: { reconfigure: 'never', refresh: 'always' },
      kernel: arrived,
      pair: { build: { changes: stale } },
      so: `${rebuild}: refresh-always`,
    },
    {
      row: 'reconfigure stale, not stale',
      events: reconfigure,
      policy: { reconfigure: 'stale' },
      pair: { build: {} },
      so: '- up-to-date',
    },
    {
      row: 'reconfigure stale, stale, although refresh never',
      events: reconfigure,
      policy: { reconfigure: 'stale', refresh: 'never' },
      pair: { build: { changes: stale } },
      so: `${rebuild}: inputs-changed`,
    },
    {
      row: 'built but not installed',
      events: upgrade,
      pair: { build: { installed: false } },
      so: 'install depmod: not-installed',
    },
    {
      row: 'built by another tool, not installed, AUTOINSTALL off',
      events: upgrade,
      module: byHand,
      pair: { build: { installed: false, origin: 'unknown' } },
      so: '- autoinstall-off',
    },
  ])('$row', check);
});

describe('removal and abort', () => {
  it.each<Row>([
    {
      row: 'headers removed',
      events: ['headers:remove'],
      kernel: { headers: 'absent' },
      pair: { build: {} },
      so: '- up-to-date',
    },
    {
      row: 'headers removed, source changed',
      events: ['headers:remove'],
      kernel: { headers: 'absent' },
      pair: { build: { changes: stale } },
      so: '- headers-missing',
    },
    {
      row: 'image removal underway',
      events: [{ told: 'image:remove', underway: true }],
      pair: { build: {} },
      so: 'uninstall unbuild depmod: kernel-removed',
    },
    {
      row: 'image removal underway, by hand',
      events: [{ told: 'image:remove', underway: true }],
      module: byHand,
      pair: { build: {} },
      so: 'uninstall unbuild depmod: kernel-removed',
    },
    {
      row: 'image removal underway, broken conf',
      events: [{ told: 'image:remove', underway: true }],
      module: { problem: 'x' },
      pair: { build: {} },
      so: 'uninstall unbuild depmod: kernel-removed',
    },
    {
      row: 'nothing built',
      events: [{ told: 'image:remove', underway: true }],
      so: '- image-missing',
    },
    {
      row: 'queued removal, all gone',
      events: ['image:remove'],
      kernel: absent,
      pair: { build: {} },
      so: 'uninstall unbuild: kernel-removed',
    },
    {
      row: 'queued removal, headers stay',
      events: ['image:remove'],
      kernel: { image: 'absent' },
      pair: { build: {} },
      so: 'uninstall unbuild: kernel-removed',
    },
    {
      row: 'queued removal, the image is there all the same',
      events: ['image:remove'],
      pair: { build: {} },
      so: '- up-to-date',
    },
    {
      row: 'no kernel at all: /lib/modules is not there',
      kernel: absent,
      pair: { build: {} },
      so: '- up-to-date',
    },
    {
      row: 'no kernel at all, and none of the installed files',
      kernel: absent,
      pair: { build: { installed: false } },
      so: '- image-missing',
    },
    {
      row: 'no image yet, no removal',
      kernel: { image: 'absent' },
      pair: { build: {} },
      so: '- up-to-date',
    },
    {
      row: 'upgrade aborted',
      events: ['image:abort'],
      pair: { build: { changes: stale } },
      so: '- aborted',
    },
    {
      row: 'headers upgrade aborted',
      events: ['headers:abort'],
      pair: { build: { changes: stale } },
      so: '- aborted',
    },
    {
      row: 'removal aborted, before anything was removed',
      events: ['image:remove', 'image:abort'],
      pair: { build: { changes: stale } },
      so: '- aborted',
    },
    { row: 'removal aborted, the build lost', events: ['image:abort'], so: `${rebuild}: new-kernel` },
    {
      row: 'removal aborted, AUTOINSTALL off',
      events: ['image:abort'],
      module: byHand,
      so: '- autoinstall-off',
    },
    {
      row: 'install aborted, no image',
      events: ['headers:abort'],
      kernel: { image: 'absent' },
      so: '- image-missing',
    },
    {
      row: 'module removed',
      events: ['module:remove'],
      pair: { build: {} },
      so: 'uninstall unbuild deregister depmod: module-removed',
    },
    {
      row: 'module purged, by hand',
      events: ['module:purge'],
      module: byHand,
      pair: { build: {} },
      so: 'uninstall unbuild deregister depmod: module-removed',
    },
    {
      row: 'module removed, its source gone',
      events: ['module:remove'],
      module: { registered: false },
      pair: { build: {} },
      so: 'uninstall unbuild deregister depmod: module-removed',
    },
    {
      row: 'module removed, as a hook says; its source is there',
      events: [{ told: 'module:remove', underway: false }],
      pair: { build: {} },
      so: '- up-to-date',
    },
    {
      row: 'module not removed, whatever a hook says: it has not arrived by that',
      events: [{ told: 'module:remove', underway: false }],
      module: byHand,
      policy: { 'autoinstall-applies-to': ['kernel'] },
      so: '- autoinstall-off',
    },
    {
      row: 'module removed, as a hook says, and its source is gone',
      events: [{ told: 'module:remove', underway: false }],
      module: { gone: true },
      pair: { build: {} },
      so: 'uninstall unbuild deregister depmod: module-removed',
    },
    { row: 'module removed, not built', events: ['module:remove'], so: 'deregister: module-removed' },
    {
      row: 'module removed, then installed again',
      events: [{ told: 'module:remove', at: 290 }, 'module:install'],
      pair: { build: {} },
      so: '- up-to-date',
    },
    {
      row: 'another version removed',
      events: ['module:remove:foo/0.9'],
      pair: { build: {} },
      so: '- up-to-date',
    },
  ])('$row', check);
});

describe('module and toolkit', () => {
  it.each<Row>([
    {
      row: 'reinstalled, source changed',
      events: ['module:upgrade'],
      pair: { build: { changes: stale } },
      so: `${rebuild}: inputs-changed`,
    },
    {
      row: 'reinstalled, refresh never is about kernels',
      events: ['module:upgrade'],
      policy: { refresh: 'never' },
      pair: { build: { changes: stale } },
      so: `${rebuild}: inputs-changed`,
    },
    { row: 'reinstalled', events: ['module:upgrade'], pair: { build: {} }, so: '- up-to-date' },
    {
      row: 'reconfigured',
      events: ['module:reconfigure'],
      pair: { build: {} },
      so: `${rebuild}: reconfigured`,
    },
    {
      row: 'toolkit upgraded, stale',
      events: ['toolkit:upgrade'],
      pair: { build: { changes: stale } },
      so: `${rebuild}: inputs-changed`,
    },
    { row: 'toolkit upgraded', events: ['toolkit:upgrade'], pair: { build: {} }, so: '- up-to-date' },
    {
      row: 'toolkit upgraded, by hand, stale',
      events: ['toolkit:upgrade'],
      module: byHand,
      pair: { build: { changes: stale } },
      so: `${rebuild}: inputs-changed`,
    },
    {
      row: 'toolkit removed, stale',
      events: ['toolkit:remove'],
      pair: { build: { changes: stale } },
      so: '- toolkit-removed',
    },
    { row: 'toolkit removed, not built', events: ['toolkit:purge'], so: '- toolkit-removed' },
    {
      row: 'toolkit and module removed',
      events: ['toolkit:remove', 'module:remove'],
      pair: { build: {} },
      so: 'uninstall unbuild deregister depmod: module-removed',
    },
    {
      row: 'toolkit removed and installed again',
      events: [{ told: 'toolkit:remove', at: 290 }, 'toolkit:install'],
      so: `${rebuild}: new-kernel`,
    },
    {
      row: 'toolkit upgraded, refresh always is about kernels',
      events: ['toolkit:upgrade'],
      policy: { refresh: 'always' },
      kernel: { changedAt: 290 },
      pair: { build: {} },
      so: '- up-to-date',
    },
  ])('$row', check);
});

function actionsOf(sketch: WorldSketch, events: Told[]): string[] {
  return decide(deepFreeze(events.map(event)), world(sketch), defaultPolicies).actions.map((action) => {
    const module = 'module' in action ? [`${action.module.name}/${action.module.version}`] : [];
    return [action.do, ...module, ...('kernel' in action ? [action.kernel.release] : [])].join(' ');
  });
}

describe('several versions and kernels', () => {
  const versions = (one: WorldSketch['modules'][string] = {}, two = one): WorldSketch => ({
    kernels: { [K]: {} },
    modules: { 'foo/1.10': two, 'foo/1.9': one },
  });
  const swapped = [`build foo/1.10 ${K}`, `install foo/1.10 ${K}`, `depmod ${K}`];

  it('takes the higher version', () => expect(actionsOf(versions(), [])).toEqual(swapped));

  it('takes the higher version over an installed lower one, which stays until then', () => {
    const sketch = { ...versions(), pairs: { [`foo/1.9 ${K}`]: { build: {} } } };
    expect(actionsOf(sketch, ['module:install:foo/1.10'])).toEqual(swapped);
  });

  it('keeps the version that was installed by hand', () => {
    const sketch = { ...versions(), pairs: { [`foo/1.9 ${K}`]: { build: { origin: 'manual' as const } } } };
    expect(actionsOf(sketch, ['module:install:foo/1.10'])).toEqual([]);
  });

  it('gives way to the other version when the one installed by hand is removed', () => {
    const sketch = { ...versions(), pairs: { [`foo/1.9 ${K}`]: { build: { origin: 'manual' as const } } } };
    expect(actionsOf(sketch, ['module:remove:foo/1.9'])).toEqual([
      `build foo/1.10 ${K}`,
      `install foo/1.10 ${K}`,
      `uninstall foo/1.9 ${K}`,
      `unbuild foo/1.9 ${K}`,
      'deregister foo/1.9',
      `depmod ${K}`,
    ]);
  });

  const replaced: WorldSketch = {
    kernels: { [K]: {} },
    modules: { 'foo/1.10': { registered: false }, 'foo/1.9': { gone: true } },
    pairs: { [`foo/1.9 ${K}`]: { build: {} } },
  };
  const leaving = { told: 'module:remove:foo/1.9', underway: false };

  it('takes a removal and an installation for an upgrade', () => {
    const upgrade = [leaving, 'module:install:foo/1.10'];
    const swap = [
      'register foo/1.10',
      `build foo/1.10 ${K}`,
      `install foo/1.10 ${K}`,
      `unbuild foo/1.9 ${K}`,
      'deregister foo/1.9',
      `depmod ${K}`,
    ];
    expect(actionsOf(replaced, upgrade)).toEqual(swap);
    expect(actionsOf(replaced, upgrade.toReversed())).toEqual(swap);
  });

  it('takes it for a removal where what was to follow never came', () => {
    const { 'foo/1.9': old } = replaced.modules;
    const sketch = { ...replaced, modules: old ? { 'foo/1.9': old } : {} };
    const events = [leaving, { told: 'module:install:foo/1.10', underway: false }];
    expect(actionsOf(sketch, events)).toEqual([
      `uninstall foo/1.9 ${K}`,
      `unbuild foo/1.9 ${K}`,
      'deregister foo/1.9',
      `depmod ${K}`,
    ]);
  });

  it.each([
    { why: 'broken', two: { problem: 'x' } },
    { why: 'not for autoinstall', two: { autoinstall: false } },
    { why: 'not registered any more', two: { registered: false } },
  ])('takes the lower version when the higher one is $why', ({ two }) => {
    expect(actionsOf(versions({}, two), [])).toEqual([
      `build foo/1.9 ${K}`,
      `install foo/1.9 ${K}`,
      `depmod ${K}`,
    ]);
  });

  it('takes the lower version where the higher one is excluded', () => {
    const sketch = { ...versions(), pairs: { [`foo/1.10 ${K}`]: { excluded: 'x' } } };
    expect(actionsOf(sketch, [])).toEqual([`build foo/1.9 ${K}`, `install foo/1.9 ${K}`, `depmod ${K}`]);
  });

  const twoKernels: WorldSketch = {
    kernels: { [K]: {}, [other]: {} },
    modules: { 'foo/1.0': {}, 'bar/2.0': {} },
  };

  it('touches only the kernel that the event names', () => {
    expect(actionsOf(twoKernels, ['headers:install'])).toEqual([
      `build foo/1.0 ${K}`,
      `build bar/2.0 ${K}`,
      `install foo/1.0 ${K}`,
      `install bar/2.0 ${K}`,
      `depmod ${K}`,
    ]);
  });

  it('touches only the module that the event names, for every kernel', () => {
    expect(actionsOf(twoKernels, ['module:install:bar/2.0'])).toEqual([
      `build bar/2.0 ${K}`,
      `build bar/2.0 ${other}`,
      `install bar/2.0 ${K}`,
      `install bar/2.0 ${other}`,
      `depmod ${K}`,
      `depmod ${other}`,
    ]);
  });

  it('removes a kernel without touching the other one or the registration', () => {
    const pairs = { [`foo/1.0 ${K}`]: { build: {} }, [`foo/1.0 ${other}`]: { build: {} } };
    expect(actionsOf({ ...twoKernels, pairs }, [{ told: 'image:remove', underway: true }])).toEqual([
      `uninstall foo/1.0 ${K}`,
      `unbuild foo/1.0 ${K}`,
      `depmod ${K}`,
    ]);
  });

  it('is indifferent to events about what is not there', () => {
    const events = ['image:remove:5.0', 'module:remove:none/1', 'headers:install:5.0'];
    expect(actionsOf(twoKernels, events)).toEqual([]);
  });
});

it.each([
  { origin: 'autoinstall', autoinstall: true, expected: 'autoinstall' },
  { origin: 'manual', autoinstall: true, expected: 'manual' },
  { origin: 'unknown', autoinstall: true, expected: 'autoinstall' },
  { origin: 'unknown', autoinstall: false, expected: 'manual' },
] as const)(
  'a rebuild of $origin (AUTOINSTALL $autoinstall) is $expected',
  ({ origin, autoinstall, expected }) => {
    const facts = world({
      kernels: { [K]: {} },
      modules: { 'foo/1.0': { autoinstall } },
      pairs: { [`foo/1.0 ${K}`]: { build: { origin, changes: stale } } },
    });
    expect(decide([], facts, defaultPolicies).actions[0]).toMatchObject({ do: 'build', origin: expected });
  },
);

it('an index that does not match the modules is made again, only where a kernel is', () => {
  const kernels = {
    [K]: { indexOutdated: true },
    [other]: { indexOutdated: true, image: 'absent' as const },
  };
  const sketch = { kernels, modules: { 'foo/1.0': {} }, pairs: { [`foo/1.0 ${K}`]: { build: {} } } };
  expect(actionsOf(sketch, [])).toEqual([`depmod ${K}`]);
});

it.each([
  { what: 'is taken over as it is', events: [], so: [] },
  { what: 'stays when the toolkit arrives', events: ['toolkit:upgrade'], so: [] },
  {
    what: 'is made anew when its headers change',
    events: ['headers:upgrade'],
    so: [`build foo/1.0 ${K}`, `install foo/1.0 ${K}`, `depmod ${K}`],
  },
])('a build of which nothing is recorded $what', ({ events, so }) => {
  const changes = [{ kind: 'unrecorded', name: 'build', change: 'changed' } as const];
  const build = { origin: 'unknown', builtAt: 0, changes } as const;
  const sketch = { kernels: { [K]: {} }, modules: { 'foo/1.0': {} }, pairs: { [`foo/1.0 ${K}`]: { build } } };
  expect(actionsOf(sketch, events)).toEqual(so);
});

it('builds for a kernel that nobody announced as removed go where other kernels are', () => {
  const kernels = { [K]: absent, [other]: {} };
  const sketch = { kernels, modules: { 'foo/1.0': byHand }, pairs: { [`foo/1.0 ${K}`]: { build: {} } } };
  expect(actionsOf(sketch, [])).toEqual([`uninstall foo/1.0 ${K}`, `unbuild foo/1.0 ${K}`]);
});
