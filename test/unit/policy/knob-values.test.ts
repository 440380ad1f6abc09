import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/policy/decide.ts';
import type { KnobDeclaration } from '../../../src/policy/knob-declaration.ts';
import { defaultPolicy, type KnobName, knobNames, knobs } from '../../../src/policy/knobs.ts';
import type { InputChange, PackageEvent, Transition } from '../../../src/policy/types.ts';
import { deepFreeze, moduleId, type WorldSketch, world } from '../../support/world.ts';

const K = '6.12.1-amd64';
const older = '6.1.0-amd64';
const middle = '6.6.0-amd64';
const now = 300;
const stale: InputChange[] = [{ kind: 'header', name: 'include/linux/fs.h', change: 'changed' }];
const gone = { image: 'absent', headers: 'absent' } as const;

const told = (subject: 'image' | 'headers', transition: Transition): PackageEvent => {
  return { subject, transition, kernel: K, at: now };
};
const arrives = (label: string): PackageEvent => {
  return { subject: 'module', transition: 'install', module: moduleId(label), at: now };
};

/** Where every value of a knob makes for another plan. */
interface Difference {
  world: WorldSketch;
  events: PackageEvent[];
  /** What each value makes of it, the plan in short. */
  so: Record<string, string[]>;
}

/** One of each: with a stale build, and with one that is older than the kernel's files. */
const staleAndFresh: WorldSketch = {
  kernels: { [K]: { changedAt: 290 } },
  modules: { 'fresh/1': {}, 'stale/1': {} },
  pairs: { [`fresh/1 ${K}`]: { build: {} }, [`stale/1 ${K}`]: { build: { changes: stale } } },
};

const differences: Partial<Record<KnobName, Difference>> = {
  refresh: {
    world: staleAndFresh,
    events: [told('image', 'upgrade')],
    so: {
      never: [],
      stale: ['build stale/1', 'install stale/1'],
      always: ['build fresh/1', 'build stale/1', 'install fresh/1', 'install stale/1'],
    },
  },
  reconfigure: {
    world: staleAndFresh,
    events: [told('headers', 'reconfigure')],
    so: {
      never: [],
      stale: ['build stale/1', 'install stale/1'],
      always: ['build fresh/1', 'build stale/1', 'install fresh/1', 'install stale/1'],
    },
  },
  'refresh-scope': {
    world: {
      kernels: { [K]: {} },
      modules: { 'foo/1': { autoinstall: false } },
      pairs: { [`foo/1 ${K}`]: { build: { changes: stale } } },
    },
    events: [told('headers', 'upgrade')],
    so: { installed: ['build foo/1', 'install foo/1'], autoinstall: [] },
  },
  'new-kernel': {
    world: {
      kernels: { [K]: {}, [older]: {} },
      modules: { 'auto/1': {}, 'hand/1': { autoinstall: false }, 'other/1': { autoinstall: false } },
      pairs: { [`hand/1 ${older}`]: { build: {} } },
    },
    events: [told('image', 'install')],
    so: {
      none: [],
      autoinstall: ['build auto/1', 'install auto/1'],
      'installed-elsewhere': ['build auto/1', 'build hand/1', 'install auto/1', 'install hand/1'],
      registered: [
        ...['build auto/1', 'build hand/1', 'build other/1'],
        ...['install auto/1', 'install hand/1', 'install other/1'],
      ],
    },
  },
  'module-scope': {
    world: { kernels: { [older]: {}, [middle]: { running: true }, [K]: {} }, modules: { 'foo/1': {} } },
    events: [arrives('foo/1')],
    so: {
      'all-with-headers': [
        ...[`build foo/1 ${older}`, `build foo/1 ${middle}`, 'build foo/1'],
        ...[`install foo/1 ${older}`, `install foo/1 ${middle}`, 'install foo/1'],
      ],
      'running-and-newest': [
        ...[`build foo/1 ${middle}`, 'build foo/1', `install foo/1 ${middle}`, 'install foo/1'],
      ],
      running: [`build foo/1 ${middle}`, `install foo/1 ${middle}`],
    },
  },
  'autoinstall-applies-to': {
    world: {
      kernels: { [K]: {}, [older]: {} },
      modules: { 'here/1': { autoinstall: false }, 'new/1': { autoinstall: false } },
    },
    events: [arrives('new/1'), told('image', 'install')],
    so: {
      '': [
        ...['build here/1', 'build new/1', `build new/1 ${older}`],
        ...['install here/1', 'install new/1', `install new/1 ${older}`],
      ],
      kernel: ['build new/1', `build new/1 ${older}`, 'install new/1', `install new/1 ${older}`],
      module: ['build here/1', 'build new/1', 'install here/1', 'install new/1'],
      'kernel, module': [],
    },
  },
  'module-upgrade': {
    world: {
      kernels: { [K]: {} },
      modules: { 'foo/1': { gone: true }, 'foo/2': { autoinstall: false } },
      pairs: { [`foo/1 ${K}`]: { build: { origin: 'manual' } } },
    },
    events: [{ ...arrives('foo/2'), transition: 'upgrade' }],
    so: {
      carry: ['build foo/2', 'install foo/2', 'unbuild foo/1', 'deregister foo/1'],
      drop: ['uninstall foo/1', 'unbuild foo/1', 'deregister foo/1'],
    },
  },
  'headers-removed': {
    world: {
      kernels: { [K]: { headers: 'absent' } },
      modules: { 'foo/1': {} },
      pairs: { [`foo/1 ${K}`]: { build: {} } },
    },
    events: [told('headers', 'remove')],
    so: { keep: [], unbuild: ['uninstall foo/1', 'unbuild foo/1'] },
  },
  'kernel-removed': {
    world: {
      kernels: { [K]: gone, [older]: {} },
      modules: { 'foo/1': { autoinstall: false } },
      pairs: { [`foo/1 ${K}`]: { build: {} } },
    },
    events: [told('image', 'remove')],
    so: {
      unbuild: ['uninstall foo/1', 'unbuild foo/1'],
      'keep-build': ['uninstall foo/1'],
      deregister: ['uninstall foo/1', 'unbuild foo/1', 'deregister foo/1'],
    },
  },
  'missing-headers': {
    world: { kernels: { [K]: { headers: 'absent' } }, modules: { 'foo/1': {} } },
    events: [told('image', 'install')],
    so: { wait: [], warn: ['warning foo/1'], fail: ['failure foo/1'] },
  },
  pin: {
    world: { kernels: { [K]: {} }, modules: { 'foo/1': {}, 'foo/2': {} } },
    events: [told('image', 'install')],
    so: { '': ['build foo/2', 'install foo/2'], 1: ['build foo/1', 'install foo/1'] },
  },
  initramfs: {
    world: {
      kernels: { [K]: { initramfs: {} } },
      modules: { 'foo/1': {} },
      pairs: { [`foo/1 ${K}`]: { build: { changes: stale } } },
    },
    events: [told('headers', 'upgrade')],
    so: {
      auto: ['build foo/1', 'install foo/1', 'initramfs auto foo'],
      always: ['build foo/1', 'install foo/1', 'initramfs always foo'],
      never: ['build foo/1', 'install foo/1'],
    },
  },
  'weak-modules': {
    world: {
      kernels: {
        [older]: {},
        [K]: {
          weakLinks: [
            {
              ...{
                module: moduleId('foo/1'),
                builtFor: older,
                path: `/lib/modules/${K}/weak-updates/foo.ko`,
              },
              ...{ state: 'broken', why: 'it needs another printk' },
            },
          ],
        },
      },
      modules: { 'foo/1': { autoinstall: false } },
      pairs: { [`foo/1 ${older}`]: { build: {} } },
    },
    events: [told('image', 'upgrade')],
    so: { auto: ['weak-links'], never: [] },
  },
  force: {
    world: {
      kernels: { [K]: { changedAt: 100 } },
      modules: { 'foo/1': {}, 'lacking/1': { depends: ['none'] } },
      pairs: { [`foo/1 ${K}`]: { build: {} } },
    },
    events: [told('headers', 'upgrade')],
    so: {
      '': [],
      rebuild: ['build foo/1', 'install foo/1'],
      'ignore-dependencies': ['build lacking/1', 'install lacking/1'],
      'rebuild, ignore-dependencies': [
        ...['build foo/1', 'build lacking/1', 'install foo/1', 'install lacking/1'],
      ],
    },
  },
};

/** What plans do not depend on: whoever carries them out does. With the tests that show the difference. */
const elsewhere: Partial<Record<KnobName, Record<string, string>>> = {
  when: {
    'transaction-end': 'test/system/dpkg-failures.test.ts',
    immediate: 'test/system/dpkg-failures.test.ts',
  },
  failure: { warn: 'test/unit/commands/output.test.ts', fail: 'test/unit/commands/output.test.ts' },
  critical: { true: 'test/unit/commands/output.test.ts', false: 'test/unit/commands/output.test.ts' },
  'original-modules': {
    'never-touch': 'test/unit/apply/policies.test.ts',
    archive: 'test/unit/apply/policies.test.ts',
  },
  force: { 'ignore-version': 'test/unit/apply/policies.test.ts' },
  sandbox: {
    auto: 'test/unit/apply/sandboxing.test.ts',
    require: 'test/unit/apply/sandboxing.test.ts',
    off: 'test/unit/apply/sandboxing.test.ts',
  },
  sign: {
    auto: 'test/unit/apply/policies.test.ts',
    require: 'test/unit/apply/policies.test.ts',
    off: 'test/unit/apply/policies.test.ts',
  },
  compiler: {
    'same-major': 'test/unit/apply/toolchain-for.test.ts',
    any: 'test/unit/apply/toolchain-for.test.ts',
  },
  priority: { low: 'test/unit/apply/priority.test.ts', normal: 'test/unit/apply/priority.test.ts' },
  'sign-command': { '/opt/sign': 'test/unit/apply/sign-command.test.ts' },
  'sign-timeout': { '1': 'test/unit/apply/sign-command.test.ts' },
};

/** Every value that a knob can have, but for what is tested elsewhere: of a set, every subset. */
function valuesOf(name: KnobName): unknown[] {
  const knob: KnobDeclaration = knobs[name];
  switch (knob.kind) {
    case 'choice':
      return Object.keys(knob.values);
    case 'switch':
      return [false, true];
    case 'version':
      return ['', '1'];
    case 'program':
      return ['', '/opt/sign'];
    case 'seconds':
      return [knob.default, knob.least];
    case 'set':
      return subsets(Object.keys(knob.values).filter((value) => elsewhere[name]?.[value] === undefined));
  }
}

function subsets(items: readonly string[]): string[][] {
  const [first, ...others] = items;
  if (first === undefined) return [[]];
  return subsets(others).flatMap((rest) => [rest, [first, ...rest]]);
}

const keyOf = (value: unknown) => (Array.isArray(value) ? value.join(', ') : String(value));

function planFor({ world: sketch, events }: Difference, settings: object): string[] {
  const base = { ...defaultPolicy, ...settings };
  const { actions, skipped } = decide(deepFreeze(events), world(sketch), deepFreeze({ base, modules: {} }));
  const alarms = skipped.flatMap(({ severity, module }) =>
    severity === undefined ? [] : [`${severity} ${module.name}/${module.version}`],
  );
  const steps = actions.flatMap((action) => {
    if (action.do === 'initramfs')
      return [`initramfs ${action.mode} ${action.modules.map((module) => module.name).join(' ')}`];
    if (action.do === 'weak-links') return [action.do];
    if (!('module' in action)) return [];
    const place = 'kernel' in action && action.kernel.release !== K ? [action.kernel.release] : [];
    return [[action.do, `${action.module.name}/${action.module.version}`, ...place].join(' ')];
  });
  return [...steps, ...alarms];
}

const decided = knobNames.filter((name) => {
  const knob: KnobDeclaration = knobs[name];
  const values = knob.kind === 'choice' || knob.kind === 'set' ? Object.keys(knob.values) : ['false', 'true'];
  if (knob.kind === 'program' || knob.kind === 'seconds') return false;
  return knob.kind === 'version' || values.some((value) => elsewhere[name]?.[value] === undefined);
});

describe.each(decided)('%s', (name) => {
  const difference = differences[name];

  it('has a world in which it makes the difference', () => expect(difference).toBeDefined());

  it.each(valuesOf(name).map((value) => ({ key: keyOf(value), value })))("'$key'", ({ key, value }) => {
    expect(difference && planFor(difference, { [name]: value })).toEqual(difference?.so[key] ?? key);
  });

  it('makes for another plan with every value', () => {
    const plans = Object.values(difference?.so ?? {}).map((plan) => JSON.stringify(plan));
    expect(new Set(plans).size).toBe(valuesOf(name).length);
  });

  it('may be said of the module alone, where it may be said of modules', () => {
    if (difference === undefined || knobs[name].of === 'machine') return;
    const [value] = valuesOf(name).filter((one) => keyOf(one) !== keyOf(defaultPolicy[name]));
    const names = Object.keys(difference.world.modules).map((label) => moduleId(label).name);
    const modules = Object.fromEntries(names.map((own) => [own, { [name]: value }]));
    const policies = deepFreeze({ base: defaultPolicy, modules });
    const found = world(difference.world);
    const whole = decide(difference.events, found, {
      base: { ...defaultPolicy, [name]: value },
      modules: {},
    });
    expect(decide(difference.events, found, policies)).toEqual(whole);
  });
});

describe('knobs that plans do not depend on', () => {
  const cases = Object.entries(elsewhere).flatMap(([name, values]) =>
    Object.entries(values).map(([value, file]) => ({ name: name as KnobName, value, file })),
  );

  it.each(cases)('$name, $value: $file has a test', ({ name, value, file }) => {
    const knob: KnobDeclaration = knobs[name];
    const values = 'values' in knob ? Object.keys(knob.values) : valuesOf(name).map(String);
    expect(values).toContain(value);
    expect(existsSync(file)).toBe(true);
    const text = readFileSync(file, 'utf8');
    const names = [name, value].filter((word) => new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(text));
    expect(names).toEqual([name, value]);
  });

  it.each([...new Set(cases.map(({ name }) => name))].filter((name) => !decided.includes(name)))(
    '%s makes no difference to any plan of this file',
    (name) => {
      for (const difference of Object.values(differences)) {
        const plans = valuesOf(name).map((value) => planFor(difference, { [name]: value }));
        for (const plan of plans) expect(plan).toEqual(plans[0]);
      }
    },
  );
});
