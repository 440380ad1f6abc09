import { expect, it } from 'vitest';
import { movedFacts, movedKnobs } from '../../../src/policy/moved.ts';
import { defaultPolicies, type Policies } from '../../../src/policy/policies.ts';
import { type WorldSketch, world } from '../../support/world.ts';

const sketch: WorldSketch = {
  kernels: { '6.1': {}, '6.2': { headers: 'absent' } },
  modules: { 'foo/1.0': {}, 'bar/2': {} },
  pairs: { 'foo/1.0 6.1': { build: {} } },
};

it('nothing has moved between equal facts', () => {
  expect(movedFacts(world(sketch), structuredClone(world(sketch)))).toEqual([]);
});

it.each<{ change: Partial<WorldSketch>; moved: string[] }>([
  {
    change: { kernels: { '6.1': {} } },
    moved: ['the kernel 6.2 (it is gone)', 'foo 1.0 for 6.2 (it is gone)', 'bar 2 for 6.2 (it is gone)'],
  },
  {
    change: { kernels: { '6.1': { changedAt: 101, indexOutdated: true }, '6.2': { running: true } } },
    moved: ['the kernel 6.1 (its files, its module index)', 'the kernel 6.2 (its headers, whether it runs)'],
  },
  {
    change: { modules: { 'foo/1.0': {}, 'bar/2': { registered: false, gone: true } } },
    moved: ['the module bar 2 (its registration, its source)'],
  },
  {
    change: { pairs: { 'foo/1.0 6.1': { build: { marked: true } } } },
    moved: ['foo 1.0 for 6.1 (its build)'],
  },
  {
    change: { pairs: { ...sketch.pairs, 'bar/2 6.1': { problem: 'x', warnings: ['y'], excluded: 'z' } } },
    moved: ['bar 2 for 6.1 (BUILD_EXCLUSIVE, its dkms.conf)'],
  },
  {
    change: {
      pairs: {
        ...sketch.pairs,
        'bar/2 6.1': {
          ...{ autoinstall: false, depends: ['foo'] },
          failure: { summary: 's', class: 'source', log: 'l', at: 1 },
        },
      },
    },
    moved: ['bar 2 for 6.1 (AUTOINSTALL, BUILD_DEPENDS, its last failure)'],
  },
])('what has moved: $moved', ({ change, moved }) => {
  expect(movedFacts(world(sketch), world({ ...sketch, ...change }))).toEqual(moved);
});

it('names the knobs that are set otherwise, for the machine and for modules', () => {
  const { base } = defaultPolicies;
  const before: Policies = { base, modules: { foo: { critical: true }, bar: { refresh: 'never' } } };
  const after: Policies = {
    base: { ...base, refresh: 'always', force: ['rebuild'] },
    modules: { bar: { refresh: 'never', sign: 'off' } },
  };
  expect(movedKnobs(before, before)).toEqual([]);
  expect(movedKnobs(before, after)).toEqual(['refresh', 'force', 'critical of foo', 'sign of bar']);
});
