import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/policy/decide.ts';
import { defaultPolicy, type Policy } from '../../../src/policy/knobs.ts';
import { carryOut } from '../../../src/policy/matrix/effects.ts';
import { isFatal, policyFor } from '../../../src/policy/policies.ts';
import { presetNames, presetPolicy } from '../../../src/policy/presets.ts';
import type { Facts, InputChange, PackageEvent, Plan } from '../../../src/policy/types.ts';
import { moduleId, type WorldSketch, world } from '../../support/world.ts';

// docs/policy.md, section 5: those of its items that are decisions, by their numbers.

const K = '6.12.1-amd64';
const other = '6.12.2-amd64';
const stale: InputChange[] = [{ kind: 'header', name: 'include/linux/fs.h', change: 'changed' }];

/** `image:install`, `headers:remove:RELEASE`, `module:upgrade:foo/2.0`; told at the time given, of K unless named. */
function told(text: string, { at = 300, underway = false } = {}): PackageEvent {
  const [subject, transition, object] = text.split(':') as [
    PackageEvent['subject'],
    PackageEvent['transition'],
    string?,
  ];
  const common = { transition, at, ...(underway && { underway }) };
  if (subject === 'module') return { subject, module: moduleId(object ?? 'foo/1.0'), ...common };
  return subject === 'toolkit' ? { subject, ...common } : { subject, kernel: object ?? K, ...common };
}

function planOf(sketch: WorldSketch, events: readonly PackageEvent[], policy: Partial<Policy> = {}): Plan {
  return decide(events, world(sketch), { base: { ...defaultPolicy, ...policy }, modules: {} });
}

/** "build foo/1.0 6.12.1-amd64", for everything but the index. */
function steps({ actions }: Plan): string[] {
  return actions.flatMap((action) => {
    if (!('module' in action)) return [];
    const label = `${action.module.name}/${action.module.version}`;
    return [`${action.do} ${label}${'kernel' in action ? ` ${action.kernel.release}` : ''}`];
  });
}

const reasons = ({ skipped }: Plan) => skipped.map(({ because }) => because.code);
const foo = { 'foo/1.0': {} };
const installed = { [`foo/1.0 ${K}`]: { build: {} } };

describe('1: one signal is never trusted, the state on disk decides', () => {
  it.each([
    { signal: 'a removal that was recorded, of an image that is there', events: ['image:remove'] },
    { signal: 'an installation of what is built already', events: ['image:install', 'headers:install'] },
    { signal: 'an upgrade that changed nothing', events: ['image:upgrade'] },
    { signal: 'a purge of headers', events: ['headers:purge'] },
  ])('$signal', ({ events }) => {
    const sketch = { kernels: { [K]: {} }, modules: foo, pairs: installed };
    expect(
      planOf(
        sketch,
        events.map((text) => told(text)),
      ).actions,
    ).toEqual([]);
  });

  it('a removal while the files are there still counts, and so does its end', () => {
    const sketch = { kernels: { [K]: {}, [other]: {} }, modules: foo, pairs: installed };
    const gone = { ...sketch, kernels: { [K]: { image: 'absent' as const }, [other]: {} } };
    const away = [`uninstall foo/1.0 ${K}`, `unbuild foo/1.0 ${K}`];
    expect(steps(planOf(sketch, [told('image:remove', { underway: true })]))).toEqual(away);
    expect(steps(planOf(gone, [told('image:remove')]))).toEqual(away);
  });
});

describe('2: only remove and purge remove', () => {
  it.each(['install', 'upgrade', 'reconfigure', 'abort'])('%s', (transition) => {
    for (const subject of ['image', 'headers', 'module', 'toolkit']) {
      const sketch = { kernels: { [K]: {} }, modules: foo, pairs: installed };
      const plan = planOf(sketch, [told(`${subject}:${transition}`, { underway: true })]);
      expect(plan.actions.map((action) => action.do)).not.toContain('uninstall');
    }
  });
});

describe('3: /lib/modules/K alone is no kernel', () => {
  it.each([
    { what: 'headers alone', headers: 'ready' as const },
    { what: 'leftovers', headers: 'absent' as const },
  ])('$what get neither build nor index', ({ headers }) => {
    const plan = planOf({ kernels: { [K]: { image: 'absent', headers } }, modules: foo }, []);
    expect(plan.actions).toEqual([]);
    expect(reasons(plan)).toEqual(['image-missing']);
  });
});

it('4: half-configured headers are named, and nothing is built with them', () => {
  const plan = planOf({ kernels: { [K]: { headers: 'unusable' } }, modules: foo }, [told('headers:install')]);
  expect(plan.actions).toEqual([]);
  expect(plan.skipped[0]?.because).toEqual({ code: 'headers-unusable', why: 'modpost is missing' });
});

describe('6: nothing is deleted that cannot be rebuilt at once', () => {
  const failure = { summary: 'x', class: 'source', log: '/log', at: 250 } as const;
  it.each([
    { what: 'missing headers', headers: 'absent' as const, pair: {} },
    { what: 'unusable headers', headers: 'unusable' as const, pair: {} },
    { what: 'an attempt that failed', headers: 'ready' as const, pair: { failure } },
    { what: 'a conf that broke', headers: 'ready' as const, pair: { problem: 'calls exit' } },
    { what: 'a kernel that it is not for any more', headers: 'ready' as const, pair: { excluded: 'x' } },
  ])('$what', ({ headers, pair }) => {
    const pairs = { [`foo/1.0 ${K}`]: { ...pair, build: { changes: stale } } };
    const sketch = { kernels: { [K]: { headers } }, modules: foo, pairs };
    expect(planOf(sketch, [told('image:upgrade'), told('headers:upgrade')]).actions).toEqual([]);
  });

  it('an aborted removal or upgrade', () => {
    const pairs = { [`foo/1.0 ${K}`]: { build: { changes: stale } } };
    const sketch = { kernels: { [K]: {} }, modules: foo, pairs };
    for (const subject of ['image', 'headers', 'module'])
      expect(planOf(sketch, [told(`${subject}:abort`)]).actions).toEqual([]);
  });

  it('a new version that fails: the old one stays until the new one is installed', () => {
    const sketch: WorldSketch = {
      kernels: { [K]: {} },
      modules: { 'foo/1.0': { gone: true }, 'foo/2.0': {} },
      pairs: installed,
    };
    const before = world(sketch);
    const plan = planOf(sketch, [told('module:upgrade:foo/2.0')]);
    expect(steps(plan)).toEqual([
      `build foo/2.0 ${K}`,
      `install foo/2.0 ${K}`,
      `unbuild foo/1.0 ${K}`,
      'deregister foo/1.0',
    ]);
    const fails = ({ module }: { module: { version: string } }) => module.version === '2.0';
    const after = carryOut(before, plan, { at: 400, fails });
    expect(installedIn(after)).toEqual([`foo/1.0 ${K}`]);
  });
});

const installedIn = ({ pairs }: Facts) =>
  pairs.flatMap(({ module, kernel, build }) =>
    build?.installed ? [`${module.name}/${module.version} ${kernel}`] : [],
  );

describe('7: a pair is built at most once, and tried at most once, however many hooks fire', () => {
  const events = ['headers:install', 'image:install', 'module:install', 'image:upgrade', 'toolkit:upgrade'];
  const sketch = { kernels: { [K]: {} }, modules: foo };

  it.each([false, true])('when the build fails: %s', (isBroken) => {
    let facts = world(sketch);
    const builds: string[] = [];
    for (const [index, text] of [...events, ...events].entries()) {
      const plan = decide([told(text)], facts, { base: defaultPolicy, modules: {} });
      builds.push(...steps(plan).filter((step) => step.startsWith('build')));
      facts = carryOut(facts, plan, { at: 400 + index * 10, fails: () => isBroken });
    }
    expect(builds).toEqual([`build foo/1.0 ${K}`]);
  });
});

it('8: a kernel hook never fails the kernel package, unless somebody says so', () => {
  const foo = { name: 'foo', version: '1.0' };
  const fatal = presetNames.filter((preset) =>
    isFatal(policyFor({ base: presetPolicy(preset), modules: {} }, foo)),
  );
  expect(fatal).toEqual(['dkms-compat']);
  expect(isFatal(policyFor({ base: defaultPolicy, modules: { foo: { critical: true } } }, foo))).toBe(true);
});

describe('10: kernel and module removed one after the other, in either order', () => {
  const sketch: WorldSketch = { kernels: { [K]: {}, [other]: {} }, modules: foo, pairs: installed };
  it.each([{ order: ['image:remove', 'module:remove'] }, { order: ['module:remove', 'image:remove'] }])(
    '$order',
    ({ order }) => {
      const facts = order.reduce((found, text) => {
        const event = told(text, { underway: true });
        return carryOut(found, decide([event], found, { base: defaultPolicy, modules: {} }), { at: 400 });
      }, world(sketch));
      expect(facts.modules).toEqual([]);
      expect(facts.pairs).toEqual([]);
    },
  );

  it('also when the source is gone while builds remain', () => {
    const sourceless = { ...sketch, modules: { 'foo/1.0': { gone: true as const } } };
    const away = [`uninstall foo/1.0 ${K}`, `unbuild foo/1.0 ${K}`];
    expect(steps(planOf(sourceless, [told('image:remove', { underway: true })]))).toEqual(away);
    expect(steps(planOf(sourceless, [told('module:remove')]))).toEqual([...away, 'deregister foo/1.0']);
  });

  it('also what stays of an earlier version that the removed one could not follow', () => {
    const modules = { 'foo/1.0': { gone: true as const }, 'foo/2.0': {} };
    const away = [
      `uninstall foo/1.0 ${K}`,
      `unbuild foo/1.0 ${K}`,
      'deregister foo/1.0',
      'deregister foo/2.0',
    ];
    const removed = [told('module:remove:foo/2.0')];
    expect(steps(planOf({ ...sketch, modules }, removed))).toEqual(away);
    // It was never configured: nobody has registered it, and its source is gone by now.
    const unconfigured = { 'foo/1.0': { gone: true as const } };
    expect(steps(planOf({ ...sketch, modules: unconfigured }, removed))).toEqual(away.slice(0, 3));
  });

  it('but not while a version is there that it waits for', () => {
    const modules = { 'foo/1.0': { gone: true as const }, 'foo/2.0': { problem: 'damaged' }, 'foo/3.0': {} };
    const removed = [told('module:remove:foo/3.0')];
    expect(steps(planOf({ ...sketch, modules }, removed))).toEqual(['deregister foo/3.0']);
  });
});

it('11: removing one kernel touches no other, and no registration', () => {
  const pairs = { ...installed, [`foo/1.0 ${other}`]: { build: { changes: stale } } };
  const sketch = { kernels: { [K]: {}, [other]: {} }, modules: foo, pairs };
  const plan = planOf(sketch, [told('image:remove', { underway: true })]);
  expect(steps(plan)).toEqual([`uninstall foo/1.0 ${K}`, `unbuild foo/1.0 ${K}`]);
});

describe('16: one index for each kernel that changed, also after removals', () => {
  it('and none where nothing did', () => {
    const sketch = {
      kernels: { [K]: {}, [other]: {} },
      modules: { 'foo/1.0': {}, 'bar/1.0': {} },
      pairs: { ...installed, [`bar/1.0 ${K}`]: { build: {} }, [`foo/1.0 ${other}`]: { build: {} } },
    };
    const indexed = (events: PackageEvent[]) =>
      planOf(sketch, events).actions.flatMap((action) =>
        action.do === 'depmod' ? [action.kernel.release] : [],
      );
    expect(indexed([told('module:remove')])).toEqual([K, other]);
    expect(indexed([told('image:upgrade')])).toEqual([]);
    expect(indexed([])).toEqual([other]);
  });
});

it('17: odd names: + and ~ in kernels, - in versions, two versions registered', () => {
  const odd = '6.12.1+deb13~bpo-amd64';
  const sketch = {
    kernels: { [odd]: {} },
    modules: { 'foo/1.0-2+b1': {}, 'foo/1.0-10': {} },
  };
  expect(steps(planOf(sketch, []))).toEqual([`build foo/1.0-10 ${odd}`, `install foo/1.0-10 ${odd}`]);
});

it('18: what dkms built is taken over as it is, and made anew when something moves', () => {
  const unrecorded: InputChange[] = [{ kind: 'unrecorded', name: 'build', change: 'changed' }];
  const pairs = {
    [`foo/1.0 ${K}`]: { build: { origin: 'unknown' as const, builtAt: 0, changes: unrecorded } },
  };
  const sketch = { kernels: { [K]: {} }, modules: foo, pairs };
  expect(planOf(sketch, [told('toolkit:install')]).actions).toEqual([]);
  expect(steps(planOf(sketch, [told('headers:upgrade')]))).toEqual([
    `build foo/1.0 ${K}`,
    `install foo/1.0 ${K}`,
  ]);
});

it('a pinned version goes with its package only: without it another one would count from then on', () => {
  const sketch = { kernels: { [K]: {} }, modules: { 'foo/1.0': { gone: true as const }, 'foo/2.0': {} } };
  expect(steps(planOf(sketch, []))).toContain('deregister foo/1.0');
  expect(steps(planOf(sketch, [], { pin: '1.0' }))).toEqual([]);
  expect(steps(planOf(sketch, [told('module:remove:foo/1.0')], { pin: '1.0' }))).toContain(
    'deregister foo/1.0',
  );
});
