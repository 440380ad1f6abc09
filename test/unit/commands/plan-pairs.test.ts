import { describe, expect, it } from 'vitest';
import type { Choice } from '../../../src/commands/choice.ts';
import { planPairs } from '../../../src/commands/plan-pairs.ts';
import type { Request } from '../../../src/commands/request.ts';
import { defaultPolicies } from '../../../src/policy/policies.ts';
import { planBuild, planInstall } from '../../../src/policy/requests.ts';
import type { Facts } from '../../../src/policy/types.ts';
import { moduleId, type WorldSketch, world } from '../../support/world.ts';

const kernels = { '6.1': {}, '6.2': {} };
const everything: Choice = { registers: true };
const toy: Choice = { modules: [moduleId('toy/1.0')], registers: true };
const excluded = { excluded: 'BUILD_EXCLUSIVE_KERNEL is ^5' };

function ask(facts: Facts, choice: Choice = everything, planOne: typeof planBuild = planInstall): Request {
  const plan: Parameters<typeof planPairs>[1]['plan'] = (pair, kernel) =>
    planOne(pair, kernel, { rebuild: false });
  return planPairs(choice, { facts, policies: defaultPolicies, plan });
}

const install = (sketch: WorldSketch, choice?: Choice) => ask(world(sketch), choice);

function steps({ plan }: Request): string[] {
  return plan.actions.map((action) => {
    const module = 'module' in action ? `${action.module.name} ${action.module.version} ` : '';
    return `${action.do} ${module}${'kernel' in action ? action.kernel.release : ''}`.trim();
  });
}

const skips = ({ plan }: Request) =>
  plan.skipped.map(({ module, kernel, because }) => `${module.name} ${kernel}: ${because.code}`);
const refusals = ({ refused }: Request) => refused.map(({ kernel, error }) => `${kernel}: ${error.code}`);

describe('where everything is meant', () => {
  it('every module is built for every kernel with headers, whatever AUTOINSTALL says and whichever runs', () => {
    const sketch = { kernels, modules: { 'toy/1.0': { autoinstall: false }, 'zfs/2.3': {} } };
    expect(steps(install(sketch))).toEqual([
      ...['6.1', '6.2'].flatMap((release) =>
        ['toy 1.0', 'zfs 2.3'].flatMap((module) => [
          `build ${module} ${release}`,
          `install ${module} ${release}`,
        ]),
      ),
      'depmod 6.1',
      'depmod 6.2',
    ]);
    expect(steps(ask(world(sketch), toy, planBuild))).toEqual(['build toy 1.0 6.1', 'build toy 1.0 6.2']);
  });

  it('what others depend on comes first', () => {
    const made = install({ kernels: { '6.1': {} }, modules: { 'a/1': { depends: ['b'] }, 'b/1': {} } });
    expect(steps(made)).toEqual([
      ...['build b 1 6.1', 'install b 1 6.1', 'build a 1 6.1', 'install a 1 6.1'],
      'depmod 6.1',
    ]);
  });

  it('of several versions the one that counts is meant', () => {
    const made = install({ kernels: { '6.1': {} }, modules: { 'toy/1.0': {}, 'toy/2.0': {} } });
    expect(steps(made)).toEqual(['build toy 2.0 6.1', 'install toy 2.0 6.1', 'depmod 6.1']);
  });

  it('kernels without headers wait, and folders without a kernel are none', () => {
    const bare = { '6.3': { headers: 'absent' as const } };
    const ghost = { '6.4': { headers: 'absent' as const, image: 'absent' as const } };
    const made = install({ kernels: { '6.1': {}, ...bare, ...ghost }, modules: { 'toy/1.0': {} } });
    expect(steps(made)).toEqual(['build toy 1.0 6.1', 'install toy 1.0 6.1', 'depmod 6.1']);
    expect([skips(made), refusals(made)]).toEqual([['toy 6.3: headers-missing'], []]);
  });

  it('headers without an image are something to build for, but get no index', () => {
    const made = install({ kernels: { '6.1': { image: 'absent' } }, modules: { 'toy/1.0': {} } });
    expect(steps(made)).toEqual(['build toy 1.0 6.1', 'install toy 1.0 6.1']);
  });

  it('headers that cannot be used are told once, and keep no other kernel from being served', () => {
    const sketch = { '6.1': {}, '6.2': { headers: 'unusable' as const } };
    const made = install({ kernels: sketch, modules: { 'a/1': {}, 'b/1': {} } });
    expect(refusals(made)).toEqual(['6.2: HEADERS_UNUSABLE']);
    expect(steps(made)).toHaveLength(5);
  });

  it('a module that is not for a kernel is none that is missing', () => {
    const made = install({ kernels, modules: { 'toy/1.0': {} }, pairs: { 'toy/1.0 6.1': excluded } });
    expect(steps(made)).toEqual(['build toy 1.0 6.2', 'install toy 1.0 6.2', 'depmod 6.2']);
    expect([skips(made), refusals(made)]).toEqual([['toy 6.1: excluded'], []]);
  });

  it('one that cannot be built keeps no other from being built', () => {
    const made = install({
      kernels: { '6.1': {} },
      modules: { 'bad/1': { problem: 'nonsense' }, 'toy/1.0': {} },
    });
    expect(refusals(made)).toEqual(['6.1: CONF_INVALID']);
    expect(steps(made)).toEqual(['build toy 1.0 6.1', 'install toy 1.0 6.1', 'depmod 6.1']);
  });

  it('nor does one that lacks what it depends on', () => {
    const made = install({ kernels: { '6.1': {} }, modules: { 'a/1': { depends: ['b'] }, 'toy/1.0': {} } });
    expect(refusals(made)).toEqual(['6.1: DEPENDENCY_MISSING']);
    expect(steps(made)).toEqual(['build toy 1.0 6.1', 'install toy 1.0 6.1', 'depmod 6.1']);
  });

  it('a source that arrives is registered first', () => {
    const facts = world({ kernels: { '6.1': {} }, modules: { 'old/1': {}, 'toy/1.0': {} } });
    const arriving = facts.modules.map((module) =>
      module.name === 'toy' ? { ...module, arriving: true as const } : module,
    );
    const found = { ...facts, modules: arriving };
    expect(steps(ask(found))[0]).toBe('register toy 1.0');
    expect(steps(ask(found, toy))[0]).toBe('register toy 1.0');
    const old: Choice = { modules: [moduleId('old/1')], registers: true };
    expect(steps(ask(found, old))).toEqual(['build old 1 6.1', 'install old 1 6.1', 'depmod 6.1']);
  });
});

describe('what is named', () => {
  it.each<[string, WorldSketch, Choice, string]>([
    ['no kernel', { kernels: {}, modules: { 'toy/1.0': {} } }, toy, 'KERNEL_UNKNOWN'],
    [
      'no headers',
      { kernels: { '6.1': { headers: 'absent' } }, modules: { 'toy/1.0': {} } },
      toy,
      'HEADERS_MISSING',
    ],
    [
      'no module at all',
      { kernels, modules: { 'toy/1.0': { registered: false } } },
      everything,
      'MODULE_UNKNOWN',
    ],
    ['no such module', { kernels: { '6.1': {} }, modules: { 'zfs/2.3': {} } }, toy, 'MODULE_UNKNOWN'],
    [
      'a module that is for no kernel',
      { kernels: { '6.1': {} }, modules: { 'toy/1.0': {} }, pairs: { 'toy/1.0 6.1': excluded } },
      toy,
      'MODULE_EXCLUDED',
    ],
  ])('is an error where there is %s', (_what, sketch, choice, code) => {
    expect(() => install(sketch, choice)).toThrow(expect.objectContaining({ code }));
  });

  it('is refused where a module is for none of several kernels', () => {
    const pairs = { 'toy/1.0 6.1': excluded, 'toy/1.0 6.2': excluded };
    const made = install({ kernels, modules: { 'toy/1.0': {} }, pairs }, toy);
    expect([steps(made), refusals(made)]).toEqual([[], ['6.1: MODULE_EXCLUDED']]);
  });

  it('is refused for one kernel, and done for another', () => {
    const made = install({ kernels, modules: { 'toy/1.0': {} } }, { ...toy, kernels: ['6.1', '6.9'] });
    expect(refusals(made)).toEqual(['6.9: KERNEL_UNKNOWN']);
    expect(steps(made)).toEqual(['build toy 1.0 6.1', 'install toy 1.0 6.1', 'depmod 6.1']);
  });

  it('is refused for each kernel that it excludes', () => {
    const choice = { ...toy, kernels: ['6.1', '6.2'] };
    const made = install({ kernels, modules: { 'toy/1.0': {} }, pairs: { 'toy/1.0 6.1': excluded } }, choice);
    expect(refusals(made)).toEqual(['6.1: MODULE_EXCLUDED']);
  });
});
