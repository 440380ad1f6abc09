import { describe, expect, it } from 'vitest';
import { defaultPolicy, type Policy } from '../../../src/policy/knobs.ts';
import type { Column } from '../../../src/policy/matrix/columns.ts';
import { carryOut } from '../../../src/policy/matrix/effects.ts';
import { outcomeFor } from '../../../src/policy/matrix/outcome.ts';
import type { Action } from '../../../src/policy/types.ts';
import { type WorldSketch, world } from '../../support/world.ts';
import { textsOf } from './matrix-texts.ts';

interface Case {
  policy: Partial<Policy>;
  row: string;
  column?: Column;
  so: string;
}

describe('what other policies do has words, too', () => {
  it.each<Case>([
    { policy: { 'kernel-removed': 'keep-build' }, row: 'image-remove', so: 'uninstall' },
    { policy: { 'kernel-removed': 'deregister' }, row: 'image-remove', column: 'by-hand', so: 'U, R' },
    { policy: { 'kernel-removed': 'deregister' }, row: 'image-remove', so: 'U' },
    { policy: { 'headers-removed': 'unbuild' }, row: 'headers-remove', so: 'U' },
    { policy: { 'missing-headers': 'warn' }, row: 'new-image', so: 'waits for headers, warn' },
    { policy: { 'missing-headers': 'fail' }, row: 'new-image', so: 'waits for headers, fail' },
    { policy: { 'missing-headers': 'warn' }, row: 'headers-remove', so: 'K, warn if stale' },
    { policy: { failure: 'fail' }, row: 'new-kernel-fails', so: '–, fail' },
    { policy: { critical: true }, row: 'kernel-upgrade-fails', so: 'K, fail' },
    { policy: { refresh: 'never' }, row: 'image-upgrade', so: 'K' },
    { policy: { when: 'immediate' }, row: 'image-reinstall', so: 'U, B' },
    { policy: { when: 'immediate' }, row: 'image-reinstall', column: 'by-hand', so: 'U' },
    { policy: { 'module-scope': 'running' }, row: 'module-install', so: 'A, B for the running kernel' },
    {
      policy: { 'module-scope': 'running-and-newest' },
      row: 'module-install',
      so: 'A, B for the running and the newest kernel',
    },
    {
      policy: { 'module-scope': 'running', 'module-upgrade': 'drop' },
      row: 'kernel-and-upgrade',
      so: 'A, B for K, U for the old kernel, carry for the running kernel',
    },
    { policy: { 'module-upgrade': 'drop' }, row: 'flip-off', so: 'A, U' },
    {
      policy: { 'new-kernel': 'installed-elsewhere' },
      row: 'new-kernel',
      column: 'by-hand',
      so: 'B',
    },
  ])('$policy, $row: $so', ({ policy, row, column = 'autoinstall', so }) => {
    expect(textsOf({ ...defaultPolicy, ...policy })(row, column)).toBe(so);
  });
});

const release = '6.1.0';
const kernel = { release, arch: 'x86_64' };
const because = { code: 'new-kernel' } as const;
const on = (version: string) => ({ module: { name: 'foo', version }, kernel, because });
const make = (version: string): Action[] => [
  { do: 'build', origin: 'autoinstall', ...on(version) },
  { do: 'install', ...on(version) },
];
const take = (version: string): Action[] => [
  { do: 'uninstall', ...on(version) },
  { do: 'unbuild', ...on(version) },
];

const installed: WorldSketch['pairs'] = { [`foo/1.0 ${release}`]: { build: {} } };
const built: WorldSketch['pairs'] = { [`foo/1.0 ${release}`]: { build: { installed: false } } };

describe('a plan comes to', () => {
  it.each<{ so: string; pairs?: WorldSketch['pairs']; actions: Action[]; fails?: true }>([
    { so: 'nothing', actions: [] },
    { so: 'kept', pairs: installed, actions: [] },
    { so: 'built', actions: make('1.0') },
    { so: 'nothing', actions: make('1.0'), fails: true },
    { so: 'installed', pairs: built, actions: make('1.0').slice(1) },
    { so: 'rebuilt', pairs: installed, actions: make('1.0') },
    { so: 'kept', pairs: installed, actions: make('1.0'), fails: true },
    { so: 'replaced', pairs: installed, actions: [...take('1.0'), ...make('1.0')] },
    { so: 'carried', pairs: installed, actions: [...make('2.0'), ...take('1.0')] },
    { so: 'kept', pairs: installed, actions: make('2.0'), fails: true },
    { so: 'replaced', pairs: installed, actions: [...take('1.0'), ...make('2.0')] },
    { so: 'removed', pairs: installed, actions: [...take('1.0'), ...make('1.0')], fails: true },
    { so: 'removed', pairs: installed, actions: take('1.0') },
    { so: 'removed', pairs: built, actions: take('1.0').slice(1) },
    { so: 'uninstalled', pairs: installed, actions: take('1.0').slice(0, 1) },
  ])('$so', ({ so, pairs = {}, actions, fails }) => {
    const before = world({ kernels: { [release]: {} }, modules: { 'foo/1.0': {}, 'foo/2.0': {} }, pairs });
    const plan = { version: 1, actions, skipped: [] } as const;
    const after = carryOut(before, plan, { at: 1000, fails: () => fails === true });
    expect(outcomeFor(release, { before, plan, after })).toBe(so);
  });
});

it('what a failure leaves undone is not reached: neither other steps for the pair nor a deregistration', () => {
  const before = world({
    kernels: { [release]: {} },
    modules: { 'foo/1.0': {}, 'foo/2.0': {} },
    pairs: installed,
  });
  const gone: Action = { do: 'unbuild', ...on('1.0'), dependencies: { foo: '2.0' } };
  const deregister: Action = { do: 'deregister', module: on('1.0').module, because };
  const actions = [...make('2.0'), gone, deregister];
  const after = carryOut(before, { version: 1, actions, skipped: [] }, { at: 1000, fails: () => true });
  expect(after.modules.map(({ version }) => version)).toEqual(['1.0', '2.0']);
  const old = after.pairs.find(({ module }) => module.version === '1.0');
  expect(old?.build).toMatchObject({ installed: true, builtAt: 200 });
});
