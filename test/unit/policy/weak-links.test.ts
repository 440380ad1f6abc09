import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/policy/decide.ts';
import { explainPlan } from '../../../src/policy/explain-plan.ts';
import { defaultPolicy } from '../../../src/policy/knobs.ts';
import { carryOut } from '../../../src/policy/matrix/effects.ts';
import { withOncePerKernel } from '../../../src/policy/once-per-kernel.ts';
import { defaultPolicies, type Policies, policyFor } from '../../../src/policy/policies.ts';
import { findPair, planInstall, planUninstall } from '../../../src/policy/requests.ts';
import type { Action, Facts, KernelFacts, PackageEvent, WeakLinkFacts } from '../../../src/policy/types.ts';
import { deepFreeze, moduleId, type WorldSketch, world } from '../../support/world.ts';
import * as arbitrary from './arbitraries.ts';

const [built, linking] = ['5.14.0-1', '5.14.0-2'];

type LinkState = Omit<WeakLinkFacts, 'module' | 'builtFor' | 'path'> & { readonly why?: string };

const link = (state: LinkState, name = 'foo') =>
  ({
    ...{ module: { name, version: '1' }, builtFor: built },
    ...{ path: `/lib/modules/${linking}/weak-updates/${name}.ko`, ...state },
  }) as WeakLinkFacts;
const broken = link({ state: 'broken', why: 'it needs another printk' });
const unproven = link({ state: 'unproven' });
const changed = link({ state: 'unproven', changed: true } as LinkState);
const fits = link({ state: 'fits' });
const unknown = link({ state: 'unknown' });

/** foo/1 is installed by hand for one kernel, and another one may have links to it. */
function linked(weakLinks: readonly WeakLinkFacts[], sketch: Partial<WorldSketch> = {}): Facts {
  return world({
    kernels: { [built]: { initramfs: {} }, [linking]: { weakLinks, initramfs: {} } },
    modules: { 'foo/1': { autoinstall: false }, 'bar/1': { autoinstall: false } },
    pairs: { [`foo/1 ${built}`]: { build: {} } },
    ...sketch,
  });
}

const upgraded = (kernel: string): PackageEvent => ({
  subject: 'image',
  transition: 'upgrade',
  kernel,
  at: 300,
});
const steps = (actions: readonly Action[]) =>
  actions.map((action) => [action.do, 'kernel' in action && action.kernel.release].filter(Boolean).join(' '));
const never = (name?: string): Policies =>
  name === undefined
    ? { base: { ...defaultPolicy, 'weak-modules': 'never' }, modules: {} }
    : { base: defaultPolicy, modules: { [name]: { 'weak-modules': 'never' } } };

describe('the links of a kernel that is looked at', () => {
  it.each<{ what: string; links: WeakLinkFacts[]; expected: string[] }>([
    { what: 'are left alone where all are proven', links: [fits], expected: [] },
    { what: 'are left alone where there is nothing to compare with', links: [unknown], expected: [] },
    { what: 'are proven, which changes nothing', links: [fits, unproven], expected: ['weak-links'] },
    {
      what: 'are told of when they lead to another file',
      links: [changed],
      expected: ['weak-links', 'depmod', 'initramfs'],
    },
    {
      what: 'go where they do not fit',
      links: [unproven, broken],
      expected: ['weak-links', 'depmod', 'initramfs'],
    },
  ])('$what', ({ links, expected }) => {
    const { actions } = decide([upgraded(linking)], linked(links), defaultPolicies);
    expect(steps(actions)).toEqual(expected.map((step) => `${step} ${linking}`));
  });

  it('are no matter where the policy says so, of the machine or of the module', () => {
    const facts = linked([broken, link({ state: 'unproven' }, 'bar')]);
    expect(decide([], facts, never()).actions).toEqual([]);
    const { actions } = decide([], facts, never('foo'));
    expect(actions).toMatchObject([{ do: 'weak-links', because: { code: 'links-unproven' } }]);
    expect(steps(decide([], facts, never('bar')).actions)).toContain(`depmod ${linking}`);
  });

  it('are told with what is wrong', () => {
    const plan = decide([], linked([broken]), defaultPolicies);
    expect(explainPlan(plan).slice(0, 2)).toEqual([
      `weak links of ${linking}: check, ${broken.path} does not fit: it needs another printk`,
      `depmod for ${linking}: its modules changed`,
    ]);
    const proving = decide([], linked([unproven]), defaultPolicies);
    expect(explainPlan(proving, 'done')[0]).toBe(
      `weak links of ${linking}: checked, nothing recorded proves that they fit`,
    );
  });

  it.each([
    { what: 'of which another one is told', events: [upgraded(built)], kernel: {} },
    { what: 'of which only leftovers are there', events: [], kernel: { image: 'absent' as const } },
    {
      what: 'that is being removed',
      events: [{ ...upgraded(linking), transition: 'remove' as const, underway: true }],
      kernel: {},
    },
  ])('but not of a kernel $what', ({ events, kernel }) => {
    const kernels = { [built]: {}, [linking]: { weakLinks: [broken], ...kernel } };
    const { actions } = decide(events, linked([], { kernels }), defaultPolicies);
    expect(steps(actions)).not.toContain(`weak-links ${linking}`);
  });
});

describe('what other kernels have links to', () => {
  const stale = { changes: [{ kind: 'source', name: 'foo.c', change: 'changed' }] } as const;
  const follow = [`weak-links ${linking}`, `depmod ${built}`, `depmod ${linking}`];
  const images = [`initramfs ${built}`, `initramfs ${linking}`];

  it('has them looked at when it is built anew, whatever was told', () => {
    const facts = linked([fits], { pairs: { [`foo/1 ${built}`]: { build: stale } } });
    const { actions } = decide([upgraded(built)], facts, defaultPolicies);
    expect(steps(actions).slice(2)).toEqual([...follow, ...images]);
    expect(actions.at(-1)).toMatchObject({ do: 'initramfs', modules: [moduleId('foo/1')] });
    const left = decide([upgraded(built)], facts, never('foo'));
    expect(steps(left.actions).slice(2)).toEqual([`depmod ${built}`, `initramfs ${built}`]);
  });

  it('has them looked at when another version takes its place', () => {
    const facts = linked([fits], {
      modules: { 'foo/1': { gone: true }, 'foo/2': {} },
    });
    const told: PackageEvent = {
      subject: 'module',
      transition: 'upgrade',
      module: moduleId('foo/2'),
      at: 300,
    };
    expect(steps(decide([told], facts, defaultPolicies).actions)).toContain(`weak-links ${linking}`);
  });

  it('has them looked at when somebody asks for it by name, before anything that follows', () => {
    const facts = linked([fits]);
    const [kernel] = facts.kernels;
    const pair = findPair(facts, moduleId('foo/1'), built);
    if (kernel === undefined || pair === undefined) throw new Error('the world is another one');
    const around = { facts, policies: defaultPolicies };
    const anew = withOncePerKernel(planInstall(pair, kernel, { rebuild: true }), around);
    expect(steps(anew.actions).slice(2)).toEqual([...follow, ...images]);
    const gone = withOncePerKernel(planUninstall(pair, kernel), around);
    expect(steps(gone.actions).slice(1)).toEqual([...follow, ...images]);
    expect(withOncePerKernel(anew, around)).toEqual(anew);
  });

  it.each([
    { what: 'are looked at where a version goes that they do not lead to', spared: 'foo/2', looks: 1 },
    { what: 'are left alone where the policy says so of what they lead to', spared: 'foo/1', looks: 0 },
  ])('$what', ({ spared, looks }) => {
    const facts = linked([], {
      kernels: { [built]: { image: 'absent' }, [linking]: { weakLinks: [broken] } },
      modules: { 'foo/1': { autoinstall: false }, 'foo/2': { autoinstall: false } },
      pairs: { [`foo/2 ${built}`]: { build: {} } },
    });
    const removed = { ...upgraded(built), transition: 'remove' as const };
    const { actions } = decide([removed, upgraded(linking)], facts, never(spared));
    expect(steps(actions)).toContain(`uninstall ${built}`);
    expect(steps(actions).filter((step) => step === `weak-links ${linking}`)).toHaveLength(looks);
  });

  it('is not of a kernel that has links to another one', () => {
    const others = [{ ...fits, builtFor: '5.13' }, link({ state: 'fits' }, 'bar')];
    const facts = linked(others, { pairs: { [`foo/1 ${built}`]: { build: stale } } });
    const { actions } = decide([upgraded(built)], facts, defaultPolicies);
    expect(steps(actions)).not.toContain(`weak-links ${linking}`);
  });
});

const states = fc.constantFrom<LinkState>(
  { state: 'fits' },
  { state: 'unproven' },
  { state: 'unproven', changed: true } as LinkState,
  { state: 'broken', why: 'x' },
  { state: 'unknown' },
);

/** Facts as they come, with links between the kernels. */
const anyLinked = arbitrary.facts.chain((facts) =>
  fc
    .array(
      fc.record({
        from: fc.nat(),
        to: fc.nat(),
        module: fc.constantFrom(...facts.modules.map(({ name, version }) => ({ name, version }))),
        state: states,
      }),
      { maxLength: 4 },
    )
    .map((sketches): Facts => {
      const { kernels } = facts;
      const links = sketches.flatMap(({ from, to, module, state }, index) => {
        const [kernel, other] = [kernels[from % kernels.length], kernels[to % kernels.length]];
        if (kernel === undefined || other === undefined || kernel === other) return [];
        const path = `/lib/modules/${kernel.release}/weak-updates/${index}/${module.name}.ko`;
        const own = { module, builtFor: other.release, path, ...state } as WeakLinkFacts;
        return [{ release: kernel.release, own }];
      });
      const withLinks = kernels.map((kernel) => {
        const weakLinks = links.filter(({ release }) => release === kernel.release).map(({ own }) => own);
        return weakLinks.length === 0 ? kernel : { ...kernel, weakLinks };
      });
      return deepFreeze({ ...facts, kernels: withLinks });
    }),
);

const placeOf = ({ module, builtFor, path }: WeakLinkFacts) => ({ module, builtFor, path });

const runs = { numRuns: Number(process.env['KMODSMITH_PROPERTY_RUNS'] ?? 250) };
const property = (check: (facts: Facts, policies: Policies, events: readonly PackageEvent[]) => void) =>
  fc.assert(fc.property(anyLinked, arbitrary.policies, arbitrary.events, check), runs);

describe('every plan', () => {
  it('leaves no link to look at once it is carried out', () =>
    property((facts, policies, events) => {
      const after = carryOut(facts, decide(events, facts, policies), { at: arbitrary.present });
      const left = decide(events, deepFreeze(after), policies).actions;
      expect(left.filter((action) => action.do === 'weak-links')).toEqual([]);
    }));

  it('leaves proven what was, also for kernels that nobody told of', () =>
    property((facts, policies, events) => {
      const kernels = facts.kernels.map(({ weakLinks = [], ...kernel }): KernelFacts => {
        return { ...kernel, weakLinks: weakLinks.map((one) => ({ ...placeOf(one), state: 'fits' })) };
      });
      const proven = deepFreeze({ ...facts, kernels });
      const after = carryOut(proven, decide(events, proven, policies), { at: arbitrary.present });
      const leaving = events.flatMap((event) => ('kernel' in event && event.underway ? [event.kernel] : []));
      for (const { release, image, weakLinks = [] } of after.kernels) {
        if (image === 'absent' || leaving.includes(release)) continue;
        const own = weakLinks.filter(({ module }) => policyFor(policies, module)['weak-modules'] === 'auto');
        expect(own.filter(({ state }) => state !== 'fits')).toEqual([]);
      }
    }));

  it('looks at links once a kernel, between what it does to modules and the indexes', () =>
    property((facts, policies, events) => {
      const { actions } = decide(events, facts, policies);
      const looks = actions.filter((action) => action.do === 'weak-links');
      expect(new Set(steps(looks)).size).toBe(looks.length);
      const [first, last] = [
        actions.indexOf(looks[0] as Action),
        actions.lastIndexOf(looks.at(-1) as Action),
      ];
      if (looks.length === 0) return;
      expect(actions.slice(0, first).some(({ do: what }) => what === 'depmod' || what === 'initramfs')).toBe(
        false,
      );
      expect(actions.slice(last).some((action) => 'module' in action)).toBe(false);
    }));

  it('takes no link away whose module the policy leaves alone, and renews the index where one goes', () =>
    property((facts, policies, events) => {
      const { actions } = decide(events, facts, policies);
      for (const action of actions) {
        if (action.do !== 'weak-links' || action.because.code !== 'links-broken') continue;
        const kernel = facts.kernels.find(({ release }) => release === action.kernel.release);
        for (const { path } of action.because.links) {
          const own = kernel?.weakLinks?.find((one) => one.path === path);
          expect(own && policyFor(policies, own.module)['weak-modules']).toBe('auto');
        }
        expect(steps(actions)).toContain(`depmod ${action.kernel.release}`);
      }
    }));
});
