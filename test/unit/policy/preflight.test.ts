import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/policy/decide.ts';
import { explainForecasts } from '../../../src/policy/explain-preflight.ts';
import { defaultPolicies, type Policies } from '../../../src/policy/policies.ts';
import { type Forecast, forecast, type Trial, withTrial } from '../../../src/policy/preflight.ts';
import type { PackageEvent } from '../../../src/policy/types.ts';
import { type WorldSketch, world } from '../../support/world.ts';

const coming = '6.13';

/** Two kernels that are here, the older one running, and one that comes. */
const kernels = { '6.11': { running: true }, '6.12': {}, [coming]: {} } as const;

interface Sketch extends Omit<WorldSketch, 'kernels'> {
  readonly kernels?: WorldSketch['kernels'];
  readonly policies?: Policies;
}

function look({ policies = defaultPolicies, ...sketch }: Sketch): Forecast[] {
  const facts = world({ kernels, ...sketch });
  const events = (['image', 'headers'] as const).map(
    (subject): PackageEvent => ({ subject, kernel: coming, transition: 'install', at: 1000 }),
  );
  const plan = decide(events, facts, policies);
  return forecast({ facts, plan, release: coming, policies });
}

const words = (sketch: Sketch) => explainForecasts(look(sketch), coming);
const installed = { build: { installed: true } };
const critical: Policies = { ...defaultPolicies, modules: { foo: { critical: true } } };
const strict: Policies = { ...defaultPolicies, base: { ...defaultPolicies.base, failure: 'fail' } };

it('a machine without modules has nothing to lose', () => {
  expect(words({ modules: {} })).toEqual(['No module is registered.']);
});

it('a module is in use where it is installed for what runs, or for the newest kernel that is here', () => {
  const modules = { 'foo/1': { autoinstall: false } };
  const inUse = (release: string) =>
    look({ modules, pairs: { [`foo/1 ${release}`]: installed } }).flatMap((found) => found.inUse);
  expect(inUse('6.11')).toEqual(['6.11']);
  expect(inUse('6.12')).toEqual(['6.12']);
  expect(inUse(coming)).toEqual([coming]);
  const four = { ...kernels, '6.10': {} };
  expect(look({ kernels: four, modules, pairs: { 'foo/1 6.10': installed } })[0]?.inUse).toEqual([]);
  const gone = { ...kernels, '6.12': { image: 'absent' } } as const;
  expect(look({ kernels: gone, modules, pairs: { 'foo/1 6.12': installed } })[0]?.inUse).toEqual([]);
});

it('a build that is there and not installed gets installed', () => {
  const pairs = { [`foo/1 ${coming}`]: { build: { installed: false } } };
  expect(words({ modules: { 'foo/1': {} }, pairs })).toEqual([
    'foo 1: would be installed, it is built but not installed',
    '',
    'Nothing that is in use would be missing from 6.13.',
  ]);
});

describe('of several versions', () => {
  it('the one that counts is told about, in use by any of them', () => {
    const pairs = { 'foo/1 6.12': installed };
    expect(look({ modules: { 'foo/1': {}, 'foo/2': {} }, pairs })).toMatchObject([
      { module: { name: 'foo', version: '2' }, fate: 'build', inUse: ['6.12'] },
    ]);
    expect(look({ modules: { 'foo/10': {}, 'foo/9': {} } })).toMatchObject([{ module: { version: '10' } }]);
  });

  it('the one that stays for want of its successor is there', () => {
    const pairs = { [`foo/1 ${coming}`]: installed, [`foo/2 ${coming}`]: { excluded: 'too new' } };
    const found = look({ modules: { 'foo/1': { gone: true }, 'foo/2': {} }, pairs });
    expect(found).toMatchObject([{ module: { version: '1' }, fate: 'keep', inUse: [coming] }]);
    expect(found[0]?.severity).toBeUndefined();
  });

  it('one that goes while nothing comes is missed', () => {
    const pairs = { [`foo/1 ${coming}`]: installed };
    const base = { ...defaultPolicies.base, 'module-upgrade': 'drop' as const };
    const modules = { 'foo/1': { gone: true as const }, 'foo/2': { autoinstall: false } };
    expect(words({ modules, pairs, policies: { base, modules: {} } })).toEqual([
      'foo 2: left alone, its dkms.conf does not say AUTOINSTALL=yes',
      '',
      `WARNING: foo 2 is installed for ${coming} and WOULD BE MISSING from ${coming}`,
    ]);
  });
});

describe('what would be missing', () => {
  const excluded = {
    [`foo/1 ${coming}`]: { excluded: 'too new' },
    'foo/1 6.11': installed,
    'foo/1 6.12': installed,
  };
  const modules = { 'foo/1': {} };

  it('is a warning, or critical by the policy', () => {
    expect(words({ modules, pairs: excluded })).toEqual([
      'foo 1: not for this kernel, too new',
      '',
      'WARNING: foo 1 is installed for 6.11 and 6.12 and WOULD BE MISSING from 6.13',
    ]);
    for (const policies of [critical, strict])
      expect(look({ modules, pairs: excluded, policies })).toMatchObject([{ severity: 'failure' }]);
  });

  it('is nothing to worry about when nobody has it, unless it is critical itself', () => {
    const pairs = { [`foo/1 ${coming}`]: { excluded: 'too new' } };
    for (const policies of [defaultPolicies, strict])
      expect(look({ modules, pairs, policies })[0]?.severity).toBeUndefined();
    expect(look({ modules, pairs, policies: critical })).toMatchObject([{ severity: 'failure' }]);
  });

  it.each<[string, Sketch]>([
    [
      'failed before',
      {
        modules,
        pairs: { [`foo/1 ${coming}`]: { failure: { summary: 'x', class: 'source', log: '', at: 1 } } },
      },
    ],
    ['lacks a dependency', { modules: { 'foo/1': { depends: ['bar'] } } }],
    ['has a broken dkms.conf', { modules: { 'foo/1': { problem: 'x' } } }],
  ])('counts where it is wanted and %s', (_why, sketch) => {
    expect(look(sketch)).toMatchObject([{ fate: 'absent', severity: 'warning' }]);
    expect(look({ ...sketch, policies: strict })).toMatchObject([{ severity: 'failure' }]);
  });

  it('counts a rebuild that failed before as one that fails, not as missing', () => {
    const changes = [{ kind: 'header', name: 'x.h', change: 'changed' }] as const;
    const pairs = {
      [`foo/1 ${coming}`]: {
        build: { changes },
        failure: { summary: 'x', class: 'source' as const, log: 'y', at: 1 },
      },
    };
    expect(words({ modules, pairs })).toEqual([
      'foo 1: not tried again, nothing has changed since it failed: x; its source does not compile (log: y)',
      '',
      'WARNING: foo 1 could not be built for 6.13, which keeps the build it has',
    ]);
  });

  it('leaves out what is only left over of a module', () => {
    const leftover = { 'foo/1': { registered: false, problem: 'it is not registered any more' } };
    expect(look({ modules: leftover, policies: strict })).toEqual([]);
    const pairs = { 'foo/1 6.12': installed };
    expect(look({ modules: leftover, pairs })).toMatchObject([{ severity: 'warning' }]);
  });
});

describe('a trial', () => {
  const [wanted] = look({ modules: { 'foo/1': {} } }) as [Forecast];
  const stale = [{ kind: 'header', name: 'x.h', change: 'changed' }] as const;
  const pairs = { [`foo/1 ${coming}`]: { build: { changes: stale } } };
  const [rebuilt] = look({ modules: { 'foo/1': {} }, pairs }) as [Forecast];
  const fails: Trial = {
    result: 'fails',
    code: 'BUILD_FAILED',
    message: 'foo 1 for 6.13 does not compile\nerror: x',
    log: '/l',
  };

  it.each<[string, Forecast, Trial, string[]]>([
    ['succeeds', wanted, { result: 'builds' }, ['foo 1: builds, the kernel has no build of it yet']],
    ['fails', wanted, fails, ['foo 1: fails, does not compile', '    error: x', '    log: /l']],
    [
      'waits',
      wanted,
      { result: 'untried', because: { code: 'needs-installed', names: ['a', 'b'] } },
      [
        'foo 1: would be built, the kernel has no build of it yet; not tried, a, b would have to be installed first',
      ],
    ],
  ])('that %s says so', (_what, found, trial, lines) => {
    expect(
      explainForecasts([withTrial(found, trial, defaultPolicies)], coming).slice(0, lines.length),
    ).toEqual(lines);
  });

  it.each<[string, Trial, Policies, Forecast['severity']]>([
    ['fails', fails, defaultPolicies, 'warning'],
    ['fails, of a critical module,', fails, critical, 'failure'],
    ['succeeds', { result: 'builds' }, critical, undefined],
    [
      'has no dependency',
      { result: 'untried', because: { code: 'needs-failed', names: ['a'] } },
      critical,
      'failure',
    ],
    [
      'cannot be made',
      { result: 'untried', because: { code: 'trouble', message: 'x' } },
      critical,
      undefined,
    ],
  ])('that %s is weighed', (_what, trial, policies, severity) => {
    expect(withTrial(wanted, trial, policies).severity).toBe(severity);
    expect(withTrial(rebuilt, trial, policies).severity).toBe(severity);
  });

  it('that fails to rebuild takes nothing away', () => {
    const alarms = (found: Forecast) => explainForecasts([withTrial(found, fails, critical)], coming).at(-1);
    expect(alarms(wanted)).toBe('CRITICAL: foo 1 WOULD BE MISSING from 6.13');
    expect(alarms(rebuilt)).toBe('CRITICAL: foo 1 could not be built for 6.13, which keeps the build it has');
  });
});
