import { expect, it } from 'vitest';
import { arrangePlan } from '../../../src/policy/arrange.ts';
import { findPair, joinPlans, planBuild, planInstall } from '../../../src/policy/requests.ts';
import type { Facts, KernelFacts, PairFacts, Plan } from '../../../src/policy/types.ts';
import { moduleId, type PairSketch, type WorldSketch, world } from '../../support/world.ts';

const release = '6.12.1';

function arranged(
  labels: readonly string[],
  { modules, pairs = {} }: { modules: WorldSketch['modules']; pairs?: Record<string, PairSketch> },
): Plan {
  const known = Object.entries(pairs).map(([label, pair]) => [`${label} ${release}`, pair]);
  const facts: Facts = world({ kernels: { [release]: {} }, modules, pairs: Object.fromEntries(known) });
  const kernel = facts.kernels[0] as KernelFacts;
  const wanted = labels.map((label) => findPair(facts, moduleId(label), release) as PairFacts);
  const plans = wanted.map((pair) => planInstall(pair, kernel, { rebuild: false }));
  return arrangePlan(joinPlans(plans), { facts, kernel });
}

const steps = ({ actions }: Plan) =>
  actions.map((action) => `${action.do}${'module' in action ? ` ${action.module.name}` : ''}`);
const modules = { 'user/1.0': { depends: ['dep'] }, 'dep/1.0': { autoinstall: false } };

it('what is asked for together comes one after the other, with the versions it counts on', () => {
  const plan = arranged(['user/1.0', 'dep/1.0'], { modules });
  expect(steps(plan)).toEqual(['build dep', 'install dep', 'build user', 'install user', 'depmod']);
  expect(plan.actions[2]).toMatchObject({ dependencies: { dep: '1.0' } });
  expect(plan.skipped).toEqual([]);
});

it('what is installed counts', () => {
  const plan = arranged(['user/1.0'], { modules, pairs: { 'dep/1.0': { build: {} } } });
  expect(steps(plan)).toEqual(['build user', 'install user', 'depmod']);
});

it('a build that is there needs nothing to be installed', () => {
  const plan = arranged(['user/1.0'], { modules, pairs: { 'user/1.0': { build: { installed: false } } } });
  expect(steps(plan)).toEqual(['install user', 'depmod']);
});

const failure = { summary: 'it broke', class: 'source', log: '/log', at: 250 } as const;

it.each<{ why: string; found: Parameters<typeof arranged>[1] }>([
  { why: 'unregistered', found: { modules: { 'user/1.0': { depends: ['dep'] } } } },
  { why: 'not-installed', found: { modules } },
  { why: 'failed', found: { modules, pairs: { 'dep/1.0': { failure } } } },
  { why: 'excluded', found: { modules, pairs: { 'dep/1.0': { excluded: 'x' } } } },
])('what it needs and does not get is named: $why', ({ why, found }) => {
  const plan = arranged(['user/1.0'], found);
  expect(plan.actions).toEqual([]);
  expect(plan.skipped.map(({ because }) => because)).toEqual([
    { code: 'dependency-missing', missing: [{ name: 'dep', why }] },
  ]);
});

it('a build alone installs nothing that another one could need', () => {
  const facts = world({ kernels: { [release]: {} }, modules });
  const kernel = facts.kernels[0] as KernelFacts;
  const plans = facts.pairs.map((pair) => planBuild(pair, kernel, { rebuild: false }));
  const plan = arrangePlan(joinPlans(plans), { facts, kernel });
  expect(steps(plan)).toEqual(['build dep']);
  expect(plan.skipped).toMatchObject([{ module: { name: 'user' } }]);
});

it('modules that wait for each other are named', () => {
  const circular = { 'a/1': { depends: ['b'] }, 'b/1': { depends: ['a'] } };
  const plan = arranged(['a/1', 'b/1'], { modules: circular });
  expect(plan.skipped.map(({ because }) => 'missing' in because && because.missing)).toEqual([
    [{ name: 'b', why: 'cycle', cycle: ['a', 'b', 'a'] }],
    [{ name: 'a', why: 'cycle', cycle: ['b', 'a', 'b'] }],
  ]);
});
