import { expect, it } from 'vitest';
import { decide } from '../../../src/policy/decide.ts';
import { defaultPolicy, type Policy } from '../../../src/policy/knobs.ts';
import { carryOut } from '../../../src/policy/matrix/effects.ts';
import type { Facts, PackageEvent } from '../../../src/policy/types.ts';
import { deepFreeze, moduleId, world } from '../../support/world.ts';

const [old, present] = ['6.1.0-1-amd64', '6.12.1'];
const failure = { summary: 'does not compile', class: 'source', log: '/log', at: 200 } as const;

/** What a plan does, and what is left to do once it is carried out. */
function look(facts: Facts, policy: Partial<Policy>, events: readonly PackageEvent[] = []) {
  const policies = { base: { ...defaultPolicy, ...policy }, modules: {} };
  const plan = decide(events, facts, policies);
  const after = carryOut(facts, plan, { at: 1000 });
  const twice = decide(events, deepFreeze(after), policies);
  return {
    actions: plan.actions.map((action) =>
      'module' in action ? `${action.do} ${action.module.name}/${action.module.version}` : action.do,
    ),
    left: twice.actions,
  };
}

it('keeps a version registered that is to follow an earlier one, when its own last kernel goes', () => {
  const facts = world({
    kernels: { [old]: { image: 'absent', headers: 'absent' }, [present]: {} },
    modules: { 'a/1.10': {}, 'a/1.9': { gone: true } },
    pairs: {
      [`a/1.10 ${old}`]: { build: {} },
      [`a/1.10 ${present}`]: { failure },
      [`a/1.9 ${present}`]: { build: {} },
    },
  });
  const purged: PackageEvent = { subject: 'module', module: moduleId('a/0.1'), transition: 'purge', at: 300 };
  const { actions, left } = look(facts, { 'kernel-removed': 'deregister' }, [purged]);
  expect(actions).toEqual(['uninstall a/1.10', 'unbuild a/1.10']);
  expect(left).toEqual([]);
});

it('keeps a module registered that it builds for another kernel, when its last one goes', () => {
  const facts = world({
    kernels: { [old]: { image: 'absent', headers: 'absent' }, [present]: {} },
    modules: { 'a/1': {} },
    pairs: { [`a/1 ${old}`]: { build: {} } },
  });
  const { actions, left } = look(facts, { 'kernel-removed': 'deregister' });
  expect(actions).toEqual(['build a/1', 'install a/1', 'uninstall a/1', 'unbuild a/1', 'depmod']);
  expect(left).toEqual([]);
});

it('takes what an upgrade drops for no reason to build for other kernels', () => {
  const facts = world({
    kernels: { [old]: {}, [present]: {} },
    modules: { 'a/1.9': { autoinstall: false, gone: true }, 'a/1.10': { autoinstall: false } },
    pairs: { [`a/1.9 ${present}`]: { build: { origin: 'autoinstall' } } },
  });
  const policy = { 'new-kernel': 'installed-elsewhere', 'module-upgrade': 'drop' } as const;
  const { actions, left } = look(facts, policy);
  expect(actions).toEqual(['uninstall a/1.9', 'unbuild a/1.9', 'deregister a/1.9', 'depmod']);
  expect(left).toEqual([]);
});
