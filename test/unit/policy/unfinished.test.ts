import { describe, expect, it } from 'vitest';
import { defaultPolicies } from '../../../src/policy/policies.ts';
import type { Action } from '../../../src/policy/types.ts';
import { type Begun, planUnfinished } from '../../../src/policy/unfinished.ts';
import { moduleId, type WorldSketch, world } from '../../support/world.ts';

const pair = { module: moduleId('foo/1'), kernel: { release: 'k1', arch: 'x86_64' } };
const because = { code: 'asked' } as const;
const build: Action = { do: 'build', origin: 'manual', ...pair, because };
const install: Action = { do: 'install', ...pair, because };
const uninstall: Action = { do: 'uninstall', ...pair, because };
const unbuild: Action = { do: 'unbuild', ...pair, because };
const deregister: Action = { do: 'deregister', module: pair.module, because };
const depmod: Action = { do: 'depmod', kernel: pair.kernel, because };

/** Begun at 300, when the build of the kernel's headers was made at 200. */
function left(actions: readonly Action[], sketch: Partial<WorldSketch>): string[] {
  const begun: Begun = { at: 300, actions };
  const facts = world({ kernels: { k1: {} }, modules: { 'foo/1': {} }, ...sketch });
  return planUnfinished(begun, { facts, policies: defaultPolicies }).actions.map((action) => action.do);
}

const pairs = (sketch: NonNullable<WorldSketch['pairs']>[string]) => ({ pairs: { 'foo/1 k1': sketch } });

describe('of an install that was cut short, there is left', () => {
  const asked = [build, install, depmod];

  it.each([
    { when: 'nothing is built', sketch: {}, expected: ['build', 'install', 'depmod'] },
    {
      when: 'only the earlier build is there, installed',
      sketch: pairs({ build: { builtAt: 200 } }),
      expected: ['build', 'install', 'depmod'],
    },
    {
      when: 'it is built',
      sketch: pairs({ build: { builtAt: 301, installed: false } }),
      expected: ['install', 'depmod'],
    },
    { when: 'it is installed', sketch: pairs({ build: { builtAt: 301 } }), expected: [] },
    {
      when: 'it was tried and failed',
      sketch: pairs({ failure: { summary: '', class: 'other', log: '', at: 301 } }),
      expected: [],
    },
    {
      when: 'it was tried, failed, and the earlier build is not installed',
      sketch: pairs({
        failure: { summary: '', class: 'other', log: '', at: 301 },
        build: { builtAt: 200, installed: false },
      }),
      expected: [],
    },
    { when: 'the kernel has gone', sketch: { kernels: { k2: {} } }, expected: [] },
    {
      when: 'its headers have gone',
      sketch: { kernels: { k1: { headers: 'absent' as const } } },
      expected: [],
    },
    { when: 'the module has gone', sketch: { modules: { 'bar/1': {} } }, expected: [] },
    {
      when: 'all but the index is there',
      sketch: { kernels: { k1: { indexOutdated: true } }, ...pairs({ build: { builtAt: 301 } }) },
      expected: ['depmod'],
    },
  ])('$expected when $when', ({ sketch, expected }) => {
    expect(left(asked, sketch)).toEqual(expected);
  });
});

describe('of a removal that was cut short, there is left', () => {
  const asked = [uninstall, unbuild, deregister, depmod];

  it.each([
    {
      when: 'nothing is removed',
      sketch: pairs({ build: {} }),
      expected: ['uninstall', 'unbuild', 'deregister', 'depmod'],
    },
    {
      when: 'half of it is uninstalled',
      sketch: pairs({ build: { installed: false, remains: true } }),
      expected: ['uninstall', 'unbuild', 'deregister', 'depmod'],
    },
    {
      when: 'it is uninstalled',
      sketch: pairs({ build: { installed: false } }),
      expected: ['unbuild', 'deregister'],
    },
    { when: 'no build is there', sketch: {}, expected: ['deregister'] },
    { when: 'the module has gone', sketch: { modules: { 'bar/1': {} } }, expected: [] },
  ])('$expected when $when', ({ sketch, expected }) => {
    expect(left(asked, sketch)).toEqual(expected);
  });
});
