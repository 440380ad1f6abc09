import { describe, expect, it } from 'vitest';
import { mergePolicy } from '../../../src/config/merge-policy.ts';
import { parsePolicyFile } from '../../../src/config/policy-file.ts';
import { defaultPolicy, knobNames } from '../../../src/policy/knobs.ts';
import { defaultPolicies, policyFor } from '../../../src/policy/policies.ts';
import { presetNames, presets } from '../../../src/policy/presets.ts';
import { deepFreeze } from '../../support/world.ts';

/** Files a, b, c… with these texts, in this order. */
const merge = (...texts: string[]) =>
  mergePolicy(texts.map((text, index) => parsePolicyFile({ file: 'abcdef'[index] ?? '', text })));

it('is the default without files', () => {
  expect(mergePolicy([])).toEqual({
    policies: defaultPolicies,
    sources: { base: Object.fromEntries(knobNames.map((knob) => [knob, 'default'])), modules: {} },
    problems: [],
  });
});

it('lets the later file win and says where each value came from', () => {
  const { policies, sources } = merge('refresh = "never"\nfailure = "fail"', '\nrefresh = "always"');
  expect(policies).toEqual({ base: { ...defaultPolicy, refresh: 'always', failure: 'fail' }, modules: {} });
  expect(sources.base).toMatchObject({
    refresh: { file: 'b', line: 2 },
    failure: { file: 'a', line: 2 },
    when: 'default',
  });
});

it('goes on with the value before an invalid one', () => {
  const { policies, sources, problems } = merge('refresh = "never"', 'refresh = "alway"', 'failure =');
  expect(policies.base).toEqual({ ...defaultPolicy, refresh: 'never' });
  expect(sources.base.refresh).toEqual({ file: 'a', line: 1 });
  expect(problems.map(({ file }) => file)).toEqual(['b', 'c']);
});

describe('modules', () => {
  it('have of their own what files say, a knob at a time', () => {
    const { policies, sources } = merge(
      '[module.zfs]\nrefresh = "never"\ncritical = true\n[module."zfs/2.3.9"]\nforce = "rebuild"',
      '[module.zfs]\n\nrefresh = "always"\n[module.evdi]\npin = "1.14"',
    );
    expect(policies).toEqual({
      base: defaultPolicy,
      modules: {
        zfs: { refresh: 'always', critical: true },
        'zfs/2.3.9': { force: ['rebuild'] },
        evdi: { pin: '1.14' },
      },
    });
    expect(sources.modules).toEqual({
      zfs: { refresh: { file: 'b', line: 3 }, critical: { file: 'a', line: 3 } },
      'zfs/2.3.9': { force: { file: 'a', line: 5 } },
      evdi: { pin: { file: 'b', line: 5 } },
    });
  });

  it.each([
    { module: { name: 'zfs', version: '2.3.9' }, refresh: 'always', failure: 'fail', force: ['rebuild'] },
    { module: { name: 'zfs', version: '2.3.8' }, refresh: 'always', failure: 'fail', force: [] },
    { module: { name: 'evdi', version: '2.3.9' }, refresh: 'never', failure: 'warn', force: [] },
  ])('get the nearest of what counts for them: $module', ({ module, ...expected }) => {
    const { policies } = merge(
      '[module."zfs/2.3.9"]\nforce = "rebuild"',
      '[module."zfs"]\nforce = "none"\nrefresh = "always"\nfailure = "fail"',
      'refresh = "never"',
    );
    expect(policyFor(policies, module)).toEqual({ ...defaultPolicy, ...expected });
  });

  it('may be called like what every object has', () => {
    const { policies, sources } = merge(
      '[module.__proto__]\ncritical = true\n[module.constructor]\npin = "1"',
    );
    expect(Object.entries(policies.modules)).toEqual([
      ['__proto__', { critical: true }],
      ['constructor', { pin: '1' }],
    ]);
    expect(Object.keys(sources.modules)).toEqual(['__proto__', 'constructor']);
    expect(policyFor(policies, { name: '__proto__', version: '1' }).critical).toBe(true);
    expect(policyFor(policies, { name: 'toString', version: '1' })).toEqual(defaultPolicy);
  });

  it('that only have invalid settings have none', () => {
    expect(merge('[module.zfs]\nrefresh = "alwys"\nwhen = "immediate"').policies).toEqual(defaultPolicies);
  });
});

describe('a preset', () => {
  it.each(presetNames)('%s lies over the defaults', (preset) => {
    const loaded = merge(`\npreset = "${preset}"`);
    const { values } = presets[preset];
    expect(loaded.policies.base).toEqual({ ...defaultPolicy, ...values });
    expect(loaded.preset).toEqual({ preset, file: 'a', line: 2 });
    const changed = knobNames.filter((knob) => loaded.sources.base[knob] !== 'default');
    expect(changed.toSorted()).toEqual(Object.keys(values).toSorted());
    for (const knob of changed) expect(loaded.sources.base[knob]).toEqual({ preset, file: 'a', line: 2 });
  });

  it.each([
    { texts: ['refresh = "never"', 'preset = "debian"'], from: 'a' },
    { texts: ['preset = "debian"', 'refresh = "never"'], from: 'b' },
    { texts: ['preset = "debian"\nrefresh = "never"'], from: 'a' },
    { texts: ['preset = "arch"', 'refresh = "never"', 'preset = "debian"'], from: 'b' },
  ])('lies below every knob of a file: $texts', ({ texts, from }) => {
    const { policies, sources, preset } = merge(...texts);
    expect(preset?.preset).toBe('debian');
    expect(policies.base).toEqual({ ...defaultPolicy, ...presets.debian.values, refresh: 'never' });
    expect(sources.base.refresh).toMatchObject({ file: from });
    expect(sources.base.reconfigure).toEqual(preset);
  });

  it('lies below what modules have of their own', () => {
    const { policies } = merge('[module.zfs]\nrefresh = "never"', 'preset = "debian"');
    expect(policyFor(policies, { name: 'zfs', version: '1' }).refresh).toBe('never');
  });

  it.each([
    { texts: ['preset = "debian"', 'preset = "arch"'], winner: 'arch', file: 'b' },
    { texts: ['preset = "arch"', 'preset = "debian"'], winner: 'debian', file: 'b' },
    { texts: ['preset = "arch"', 'preset = "default"'], winner: 'default', file: 'b' },
    { texts: ['preset = "arch"', 'preset = "debain"'], winner: 'arch', file: 'a' },
    { texts: ['preset = "arch"', 'refresh = "never"'], winner: 'arch', file: 'a' },
  ])('counts alone, the last one: $texts', ({ texts, winner, file }) => {
    const loaded = merge(...texts);
    expect(loaded.preset).toEqual({ preset: winner, file, line: 1 });
    const others = Object.values(loaded.sources.base).filter((source) => typeof source === 'object');
    for (const source of others) if ('preset' in source) expect(source.preset).toBe(winner);
  });
});

it('leaves its arguments and the defaults alone', () => {
  const before = structuredClone({ defaultPolicy, presets });
  const files = ['preset = "arch"\n[module.a]\npin = "1"', 'refresh = "never"'].map((text) =>
    deepFreeze(parsePolicyFile({ file: 'a', text })),
  );
  mergePolicy(Object.freeze(files));
  expect({ defaultPolicy, presets }).toEqual(before);
});
