import { expect, test } from 'vitest';
import { decide } from '../../../src/policy/decide.ts';
import { withOncePerKernel } from '../../../src/policy/once-per-kernel.ts';
import { defaultPolicies } from '../../../src/policy/policies.ts';
import { world } from '../../support/world.ts';

const facts = world({
  kernels: { '6.12': { initramfs: {} }, '6.13': { initramfs: {} } },
  modules: { 'foo/1': {} },
});
const initramfs = ({ actions }: ReturnType<typeof decide>) =>
  actions.flatMap((action) => (action.do === 'initramfs' ? [action.kernel.release] : []));

test('a plan that has the initramfs of a kernel gets no second update of it', () => {
  const decided = decide([], facts, defaultPolicies);
  expect(initramfs(decided)).toEqual(['6.12', '6.13']);
  expect(withOncePerKernel(decided, { facts, policies: defaultPolicies })).toEqual(decided);
});

test('a plan gets the initramfs that it lacks, kernel by kernel', () => {
  const decided = decide([], facts, defaultPolicies);
  const actions = decided.actions.filter(
    (action) => action.do !== 'initramfs' || action.kernel.release !== '6.13',
  );
  const whole = withOncePerKernel({ ...decided, actions }, { facts, policies: defaultPolicies });
  expect(initramfs(whole)).toEqual(['6.12', '6.13']);
});
