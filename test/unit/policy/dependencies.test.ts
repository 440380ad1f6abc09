import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/policy/decide.ts';
import { compareDependencies } from '../../../src/policy/dependencies.ts';
import { defaultPolicy, type Policy } from '../../../src/policy/knobs.ts';
import { defaultPolicies } from '../../../src/policy/policies.ts';
import type { PackageEvent, Plan } from '../../../src/policy/types.ts';
import { moduleId, type PairSketch, type WorldSketch, world } from '../../support/world.ts';

const K = '6.12.1-amd64';
const other = '6.12.2-amd64';

/** `build dep/1.0`, `install dep/1.0`…; indexes are left out, and so is the kernel when it is K. */
function steps({ actions }: Plan): string[] {
  return actions.flatMap((action) => {
    if (!('module' in action)) return [];
    const kernel = 'kernel' in action && action.kernel.release !== K ? ` ${action.kernel.release}` : '';
    return [`${action.do} ${action.module.name}/${action.module.version}${kernel}`];
  });
}

interface Row {
  row: string;
  modules: WorldSketch['modules'];
  /** By module, for K. */
  pairs?: Record<string, PairSketch>;
  events?: PackageEvent[];
  policy?: Partial<Policy>;
  so: string[];
  /** What user/1.0 is skipped for. */
  skipped?: unknown;
}

function check({ modules, pairs = {}, events = [], policy = {}, so, skipped }: Row): void {
  const forK = Object.entries(pairs).map(([label, pair]) => [`${label} ${K}`, pair]);
  const facts = world({ kernels: { [K]: {} }, modules, pairs: Object.fromEntries(forK) });
  const plan = decide(events, facts, { base: { ...defaultPolicy, ...policy }, modules: {} });
  expect(steps(plan)).toEqual(so);
  const reason = plan.skipped.find(({ module }) => module.name === 'user')?.because;
  if (skipped !== undefined) expect(reason).toEqual(skipped);
}

const user = { 'user/1.0': { depends: ['dep'] } };
const both = { ...user, 'dep/1.0': {} };
const inTurn = ['build dep/1.0', 'install dep/1.0', 'build user/1.0', 'install user/1.0'];
const missing = (why: string) => ({ code: 'dependency-missing', missing: [{ name: 'dep', why }] });
const failure = { summary: 'it broke', class: 'source', log: '/log', at: 250 } as const;
const arrived = (label: string): PackageEvent => ({
  subject: 'module',
  transition: 'install',
  module: moduleId(label),
  at: 300,
});

describe('a new build', () => {
  it.each<Row>([
    { row: 'comes after what it needs', modules: both, so: inTurn },
    { row: 'comes when what it needs arrives', modules: both, events: [arrived('dep/1.0')], so: inTurn },
    { row: 'brings what it needs', modules: both, events: [arrived('user/1.0')], so: inTurn },
    {
      row: 'follows a chain, what needs nothing first',
      modules: { 'c/1': { depends: ['b'] }, 'b/1': { depends: ['a'] }, 'a/1': {}, 'x/1': {} },
      so: [
        ...['build a/1', 'build x/1', 'install a/1', 'install x/1'],
        ...['build b/1', 'install b/1', 'build c/1', 'install c/1'],
      ],
    },
    {
      row: 'needs no order where what it needs is there',
      modules: { ...both, 'x/1': {} },
      pairs: { 'dep/1.0': { build: {} } },
      so: ['build user/1.0', 'build x/1', 'install user/1.0', 'install x/1'],
    },
    {
      row: 'waits for a module that nobody knows',
      modules: user,
      so: [],
      skipped: missing('unregistered'),
    },
    {
      row: 'waits for a module that is not built by itself',
      modules: { ...user, 'dep/1.0': { autoinstall: false } },
      so: [],
      skipped: missing('not-installed'),
    },
    {
      row: 'waits for a module that failed',
      modules: both,
      pairs: { 'dep/1.0': { failure } },
      so: [],
      skipped: missing('failed'),
    },
    {
      row: 'waits for a module that is not for this kernel',
      modules: both,
      pairs: { 'dep/1.0': { excluded: 'x' } },
      so: [],
      skipped: missing('excluded'),
    },
    {
      row: 'waits for a module that goes',
      modules: both,
      pairs: { 'dep/1.0': { build: {} } },
      events: [{ ...arrived('dep/1.0'), transition: 'remove' }],
      so: ['uninstall dep/1.0', 'unbuild dep/1.0', 'deregister dep/1.0'],
      skipped: missing('unregistered'),
    },
    {
      row: 'waits for one that waits itself',
      modules: { ...user, 'dep/1.0': { depends: ['none'] } },
      so: [],
      skipped: missing('not-installed'),
    },
    {
      row: 'does not come where modules wait for each other',
      modules: { ...user, 'dep/1.0': { depends: ['user'] } },
      so: [],
      skipped: {
        code: 'dependency-missing',
        missing: [{ name: 'dep', why: 'cycle', cycle: ['user', 'dep', 'user'] }],
      },
    },
    {
      row: 'comes once its dependency has another version than when it failed',
      modules: { ...user, 'dep/2.0': {} },
      pairs: {
        'dep/2.0': { build: {} },
        'user/1.0': { failure: { ...failure, dependencies: { dep: '1.0' } } },
      },
      so: ['build user/1.0', 'install user/1.0'],
    },
    {
      row: 'does not come again against what it failed with',
      modules: { ...user, 'dep/2.0': {} },
      pairs: {
        'dep/2.0': { build: {} },
        'user/1.0': { failure: { ...failure, dependencies: { dep: '2.0' } } },
      },
      so: [],
    },
  ])('$row', check);
});

const builtWith = (version: string) => ({ build: { dependencies: { dep: version } } });
const upgraded = { ...user, 'dep/1.0': {}, 'dep/2.0': {} };
const rebuilt = ['build dep/2.0', 'install dep/2.0', 'build user/1.0', 'install user/1.0'];
const changed = (change: string) => [{ kind: 'dependency', name: 'dep', change }];

describe('what was built against another version', () => {
  it.each<Row>([
    {
      row: 'is made anew in the plan that brings the version',
      modules: upgraded,
      pairs: { 'dep/1.0': { build: {} }, 'user/1.0': builtWith('1.0') },
      events: [arrived('dep/2.0')],
      so: rebuilt,
    },
    {
      row: 'is made anew later as well',
      modules: upgraded,
      pairs: { 'dep/2.0': { build: {} }, 'user/1.0': builtWith('1.0') },
      so: ['build user/1.0', 'install user/1.0'],
    },
    {
      row: 'stays when that version came back',
      modules: both,
      pairs: { 'dep/1.0': { build: {} }, 'user/1.0': builtWith('1.0') },
      so: [],
      skipped: { code: 'up-to-date' },
    },
    {
      row: 'is subject to refresh like any other input',
      modules: upgraded,
      pairs: { 'dep/2.0': { build: {} }, 'user/1.0': builtWith('1.0') },
      policy: { refresh: 'never' },
      so: [],
      skipped: { code: 'refresh-never', changes: changed('changed') },
    },
    {
      row: 'is kept where the module is gone',
      modules: user,
      pairs: { 'user/1.0': builtWith('1.0') },
      so: [],
      skipped: { ...missing('unregistered'), changes: changed('removed') },
    },
    {
      row: 'is made anew when it was built without',
      modules: both,
      pairs: { 'dep/1.0': { build: {} }, 'user/1.0': { build: { dependencies: {} } } },
      so: ['build user/1.0', 'install user/1.0'],
    },
    {
      row: 'counts as built against what is there when nothing is recorded',
      modules: upgraded,
      pairs: { 'dep/2.0': { build: {} }, 'user/1.0': { build: { origin: 'unknown' } } },
      so: [],
    },
    {
      row: 'is made anew when nothing is recorded and the version changes',
      modules: upgraded,
      pairs: {
        'dep/1.0': { build: {} },
        'user/1.0': {
          build: { origin: 'unknown', changes: [{ kind: 'unrecorded', name: 'build', change: 'changed' }] },
        },
      },
      so: rebuilt,
    },
  ])('$row', check);
});

it('each kernel has its own order and its own versions', () => {
  const facts = world({
    kernels: { [K]: {}, [other]: {} },
    modules: both,
    pairs: { [`dep/1.0 ${other}`]: { excluded: 'x' } },
  });
  const plan = decide([], facts, defaultPolicies);
  expect(steps(plan)).toEqual(inTurn);
  expect(plan.actions.find((action) => action.do === 'build' && action.module.name === 'user')).toMatchObject(
    { kernel: { release: K }, dependencies: { dep: '1.0' } },
  );
});

it('facts name the dependencies that changed, once, and before what else did', () => {
  const header = { kind: 'header', name: 'include/linux/fs.h', change: 'changed' } as const;
  const build = { dependencies: { dep: '1.0' }, changes: [header] };
  const { pairs } = world({
    kernels: { [K]: {} },
    modules: { ...user, 'dep/2.0': {} },
    pairs: { [`user/1.0 ${K}`]: { build }, [`dep/2.0 ${K}`]: { build: {} } },
  });
  const compared = compareDependencies(compareDependencies(pairs));
  expect(compared.map((pair) => pair.build?.changes)).toEqual([[...changed('changed'), header], []]);
});
