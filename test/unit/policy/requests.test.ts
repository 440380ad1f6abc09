import { describe, expect, it } from 'vitest';
import {
  findPair,
  joinPlans,
  onlyKernels,
  planBuild,
  planDiscard,
  planInstall,
  planMatch,
  planUninstall,
} from '../../../src/policy/requests.ts';
import type { InputChange, KernelFacts, PairFacts, Plan } from '../../../src/policy/types.ts';
import { moduleId, type PairSketch, world } from '../../support/world.ts';

const changed: InputChange = { kind: 'source', name: 'toy.c', change: 'changed' };
const release = '6.12.1';

interface Sketch {
  pair?: PairSketch;
  image?: 'present' | 'absent';
}

/** One module and one kernel. */
function facts({ pair = {}, image = 'present' }: Sketch = {}): [PairFacts, KernelFacts] {
  const found = world({
    kernels: { [release]: { image } },
    modules: { 'toy/1.0': {} },
    pairs: { [`toy/1.0 ${release}`]: pair },
  });
  return [findPair(found, moduleId('toy/1.0'), release) as PairFacts, found.kernels[0] as KernelFacts];
}

function steps(plan: Plan): string[] {
  return plan.actions.map((action) =>
    [
      action.do,
      'module' in action ? action.module.name : '',
      'kernel' in action ? action.kernel.release : '',
    ].join(' '),
  );
}

const reasons = (plan: Plan) => plan.skipped.map(({ because }) => because);
const kept = { rebuild: false };
const built: PairSketch = { build: { installed: false } };
const installed: PairSketch = { build: {} };
const stale: PairSketch = { build: { changes: [changed] } };

describe('planBuild', () => {
  it.each<[string, PairSketch]>([
    ['what is not built', {}],
    ['what is stale', stale],
  ])('builds %s, by hand, and installs nothing', (_what, pair) => {
    const plan = planBuild(...facts({ pair }), kept);
    expect(steps(plan)).toEqual([`build toy ${release}`]);
    expect(plan.actions[0]).toMatchObject({ origin: 'manual', because: { code: 'asked' } });
    expect(plan.skipped).toEqual([]);
  });

  it.each([built, installed])('leaves alone what is fresh, unless told to build it anew', (pair) => {
    const plan = planBuild(...facts({ pair }), kept);
    expect(plan.actions).toEqual([]);
    expect(reasons(plan)).toEqual([{ code: 'up-to-date' }]);
    expect(steps(planBuild(...facts({ pair }), { rebuild: true }))).toEqual([`build toy ${release}`]);
  });
});

describe('planInstall', () => {
  it.each<[string, PairSketch, string[]]>([
    ['builds what is missing', {}, ['build', 'install', 'depmod']],
    ['rebuilds what is stale', stale, ['build', 'install', 'depmod']],
    ['takes a fresh build', built, ['install', 'depmod']],
    ['does nothing twice', installed, []],
  ])('%s', (_what, pair, expected) => {
    const plan = planInstall(...facts({ pair }), kept);
    expect(plan.actions.map((action) => action.do)).toEqual(expected);
  });

  it('makes no index for a folder without a kernel', () => {
    const plan = planInstall(...facts({ image: 'absent' }), kept);
    expect(plan.actions.map((action) => action.do)).toEqual(['build', 'install']);
  });
});

describe('planUninstall', () => {
  it.each<[string, PairSketch, string[]]>([
    ['what is installed', installed, ['uninstall', 'depmod']],
    ['what is installed and stale', stale, ['uninstall', 'depmod']],
    ['what an earlier build left', { build: { installed: false, remains: true } }, ['uninstall', 'depmod']],
  ])('takes out %s and leaves the build', (_what, pair, expected) => {
    const plan = planUninstall(...facts({ pair }));
    expect(plan.actions.map((action) => action.do)).toEqual(expected);
  });

  it.each([{}, built])('says that there is nothing to undo', (pair) => {
    const plan = planUninstall(...facts({ pair }));
    expect(plan.actions).toEqual([]);
    expect(reasons(plan)).toEqual([{ code: 'nothing-to-undo', state: 'installed' }]);
  });

  it('does not need a sound dkms.conf', () => {
    const plan = planUninstall(...facts({ pair: { ...installed, problem: 'syntax error' } }));
    expect(plan.actions).toHaveLength(2);
  });
});

describe('planDiscard', () => {
  it.each<[string, PairSketch, string[]]>([
    ['out of the kernel first', installed, ['uninstall', 'unbuild', 'depmod']],
    [
      'what an earlier build left too',
      { build: { installed: false, remains: true } },
      ['uninstall', 'unbuild', 'depmod'],
    ],
    ['only the build where nothing is installed', built, ['unbuild']],
  ])('takes %s', (_what, pair, expected) => {
    const plan = planDiscard(...facts({ pair }));
    expect(plan.actions.map((action) => action.do)).toEqual(expected);
  });

  it('says that there is nothing to undo', () => {
    expect(reasons(planDiscard(...facts()))).toEqual([{ code: 'nothing-to-undo', state: 'built' }]);
  });
});

describe('planMatch', () => {
  const found = world({
    kernels: { [release]: {}, '6.13.0': {} },
    modules: { 'toy/1.0': {}, 'zfs/2.3': {}, 'odd/1': {}, 'arm/1': {}, 'idle/1': {}, 'there/1': {} },
    pairs: {
      [`toy/1.0 ${release}`]: { build: {} },
      [`zfs/2.3 ${release}`]: { build: {} },
      [`odd/1 ${release}`]: { build: {} },
      'odd/1 6.13.0': { problem: 'syntax error' },
      [`arm/1 ${release}`]: { build: {} },
      'arm/1 6.13.0': { excluded: 'BUILD_EXCLUSIVE_ARCH is arm64' },
      [`idle/1 ${release}`]: { build: { installed: false } },
      [`there/1 ${release}`]: { build: {} },
      'there/1 6.13.0': { build: {} },
    },
  });
  const kernel = found.kernels.find((candidate) => candidate.release === '6.13.0') as KernelFacts;

  it('installs what the template has installed, and says why not the rest', () => {
    const plan = planMatch(found, kernel, { template: release });
    expect(steps(plan)).toEqual([
      'build toy 6.13.0',
      'install toy 6.13.0',
      'build zfs 6.13.0',
      'install zfs 6.13.0',
      'depmod  6.13.0',
    ]);
    expect(plan.skipped.map(({ module, because }) => [module.name, because.code])).toEqual([
      ['odd', 'module-problem'],
      ['arm', 'excluded'],
      ['there', 'up-to-date'],
    ]);
  });

  it.each([
    [{ name: 'zfs' }, 2],
    [{ name: 'zfs', version: '2.3' }, 2],
    [{ name: 'zfs', version: '2.2' }, 0],
  ])('looks at %j only', (module, builds) => {
    const plan = planMatch(found, kernel, { template: release, module });
    expect(plan.actions.filter((action) => action.do !== 'depmod')).toHaveLength(builds);
  });
});

it('joins plans in their order, with one index for each kernel at the end', () => {
  const plan = planInstall(...facts(), kept);
  expect(steps(joinPlans([plan, planUninstall(...facts({ pair: installed })), plan]))).toEqual([
    `build toy ${release}`,
    `install toy ${release}`,
    `uninstall toy ${release}`,
    `build toy ${release}`,
    `install toy ${release}`,
    `depmod  ${release}`,
  ]);
  expect(joinPlans([])).toEqual({ version: 1, actions: [], skipped: [] });
});

it('leaves out other kernels, and no module', () => {
  const found = world({ kernels: { a: {}, b: {} }, modules: { 'toy/1': {} } });
  const { kernels, pairs, modules } = onlyKernels(found, ['b']);
  expect([kernels.map((kernel) => kernel.release), pairs.map((pair) => pair.kernel)]).toEqual([['b'], ['b']]);
  expect(modules).toEqual(found.modules);
});
