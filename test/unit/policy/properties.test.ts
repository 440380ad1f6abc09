import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/policy/decide.ts';
import { explainSkip } from '../../../src/policy/explain.ts';
import { explainPlan } from '../../../src/policy/explain-plan.ts';
import {
  type CarryingOut,
  carryOut as carryOutPlan,
  dependencyVersions,
} from '../../../src/policy/matrix/effects.ts';
import { type Policies, policyFor } from '../../../src/policy/policies.ts';
import { presetNames, presetPolicy } from '../../../src/policy/presets.ts';
import type { Action, Facts, ModuleId, PackageEvent, PairFacts, Plan } from '../../../src/policy/types.ts';
import { deepFreeze } from '../../support/world.ts';
import { events, facts, kernelEvents, policies, present } from './arbitraries.ts';

// A long run (npm run test:long) asks for more.
const runs = { numRuns: Number(process.env['KMODSMITH_PROPERTY_RUNS'] ?? 250) };
const pairKey = ({ name, version }: ModuleId, release: string) => `${name}/${version} ${release}`;
const keyOf = (action: Action) =>
  'module' in action && 'kernel' in action ? pairKey(action.module, action.kernel.release) : '';

const carryOut = (found: Facts, plan: Plan, options: CarryingOut) =>
  deepFreeze(carryOutPlan(found, plan, options));

/** Every plan for anything that can be on disk and anything that can be told. */
function everyPlan(
  check: (plan: Plan, world: { events: readonly PackageEvent[]; facts: Facts; policies: Policies }) => void,
): void {
  fc.assert(
    fc.property(events, facts, policies, (told, found, knobs) => {
      check(decide(told, found, knobs), { events: told, facts: found, policies: knobs });
    }),
    runs,
  );
}

describe('every plan', () => {
  it('is the same for the same facts, in any order of the events', () => {
    const shuffled = events.chain((told) =>
      fc.tuple(fc.constant(told), fc.shuffledSubarray([...told], { minLength: told.length })),
    );
    fc.assert(
      fc.property(shuffled, facts, policies, ([told, other], found, knobs) => {
        expect(decide(other, found, knobs)).toEqual(decide(told, found, knobs));
      }),
      runs,
    );
  });

  it('leaves nothing to do once it is carried out', () => {
    // Where the headers take away one version's builds and not another's, the other one counts from then on.
    const alike = policies.filter(({ modules }) =>
      Object.entries(modules).every(([label, own]) => !label.includes('/') || !('headers-removed' in own)),
    );
    fc.assert(
      fc.property(events, facts, alike, (told, found, knobs) => {
        const after = carryOut(found, decide(told, found, knobs), { at: present });
        expect(decide(told, after, knobs).actions).toEqual([]);
      }),
      runs,
    );
  });

  it('leaves what another version of a dependency allows when builds fail, and tries nothing twice', () => {
    const labels = fc.subarray(['a/1.9', 'a/1.10', 'b/2.0', 'c/1.0', 'd/3.0']);
    // What does not wait for its dependencies is another attempt once they are there.
    const waiting = policies.filter(({ base, modules }) =>
      [base, ...Object.values(modules)].every(({ force = [] }) => !force.includes('ignore-dependencies')),
    );
    fc.assert(
      fc.property(events, facts, fc.tuple(waiting, labels), (told, found, [knobs, failing]) => {
        let state = found;
        const tried = new Set<string>();
        const fails = ({ module, kernel, depends = [] }: PairFacts) => {
          // Against another version of what it depends on it is another attempt.
          if (depends.length === 0) expect(tried).not.toContain(pairKey(module, kernel));
          tried.add(pairKey(module, kernel));
          return failing.includes(`${module.name}/${module.version}`);
        };
        for (let round = 0; round < 4; round++) {
          const plan = decide(told, state, knobs);
          state = carryOut(state, plan, { at: present + round * 100, fails });
        }
        expect(decide(told, state, knobs).actions).toEqual([]);
      }),
      runs,
    );
  });

  it('builds against what it installs before, in the versions that it names', () =>
    everyPlan(({ actions }, { facts: { pairs }, policies: knobs }) => {
      const installed = new Map(
        pairs.flatMap(({ module, kernel, build }) =>
          build?.installed === true ? [[`${module.name} ${kernel}`, module.version]] : [],
        ),
      );
      for (const action of actions) {
        if (action.do === 'install')
          installed.set(`${action.module.name} ${action.kernel.release}`, action.module.version);
        if (action.do !== 'build') continue;
        const pair = pairs.find((candidate) => pairKey(candidate.module, candidate.kernel) === keyOf(action));
        const isFree = policyFor(knobs, action.module).force.includes('ignore-dependencies');
        const named = Object.entries(action.dependencies ?? {});
        const wanted = isFree ? named.map(([name]) => name) : (pair?.depends ?? []);
        expect(named).toEqual(wanted.map((name) => [name, installed.get(`${name} ${pair?.kernel}`)]));
      }
    }));

  it('leaves nothing up to date that was built against something else', () => {
    fc.assert(
      fc.property(events, facts, policies, (told, found, knobs) => {
        const first = carryOut(found, decide(told, found, knobs), { at: present });
        const plan = decide([], first, knobs);
        // What is up to date is so once the plan is carried out: it may bring a dependency back.
        const after = carryOut(first, plan, { at: present });
        for (const { module, kernel, because } of plan.skipped) {
          const pair = after.pairs.find(
            (candidate) => pairKey(candidate.module, candidate.kernel) === pairKey(module, kernel),
          );
          const depends = pair?.depends?.filter((name) => !leadsTo(after, { from: name, to: module.name }));
          if (because.code !== 'up-to-date' || pair?.build?.dependencies === undefined) continue;
          const installed = dependencyVersions(after, pair);
          const isFree = policyFor(knobs, module).force.includes('ignore-dependencies');
          for (const name of depends ?? []) {
            if (!isFree || installed[name] !== undefined)
              expect(pair.build.dependencies[name]).toBe(installed[name]);
          }
        }
      }),
      runs,
    );
  });

  it('builds a pair at most once, and before it installs it', () =>
    everyPlan(({ actions }) => {
      const builds = actions.filter((action) => action.do === 'build').map(keyOf);
      expect(new Set(builds).size).toBe(builds.length);
      for (const key of builds) {
        const steps = actions.filter((action) => keyOf(action) === key).map((action) => action.do);
        expect(steps).toEqual(['build', 'install']);
      }
    }));

  it('installs one version of a module for a kernel', () =>
    everyPlan(({ actions }) => {
      const slots = actions.flatMap((action) =>
        action.do === 'install' ? [`${action.module.name} ${action.kernel.release}`] : [],
      );
      expect(new Set(slots).size).toBe(slots.length);
    }));

  it('builds and installs only what its conf allows, where headers are ready', () =>
    everyPlan(({ actions }, { facts: { kernels, pairs }, policies: knobs }) => {
      for (const action of actions.filter((candidate) => candidate.do === 'build')) {
        const pair = pairs.find((candidate) => pairKey(candidate.module, candidate.kernel) === keyOf(action));
        expect(pair?.excluded ?? pair?.problem).toBeUndefined();
        const policy = policyFor(knobs, action.module);
        const needsAutoinstall =
          policy['new-kernel'] === 'autoinstall' && policy['autoinstall-applies-to'].length === 2;
        if (needsAutoinstall && action.because.code !== 'new-version')
          expect(pair?.autoinstall || pair?.build).toBeTruthy();
        const kernel = kernels.find(({ release }) => release === pair?.kernel);
        expect(kernel?.headers.state).toBe('ready');
      }
    }));

  it('takes away only what goes, or what has its replacement in place', () =>
    everyPlan(({ actions }, { events: told, facts: { kernels, modules, pairs }, policies: knobs }) => {
      for (const [index, action] of actions.entries()) {
        if (action.do !== 'uninstall' && action.do !== 'unbuild') continue;
        const { module, kernel, because } = action;
        const found = kernels.find(({ release }) => release === kernel.release);
        const policy = policyFor(knobs, module);
        const kernelGoes = told.some((event) => isRemovalOf(event, kernel.release));
        const headersGo = told.some((event) => isHeadersRemoval(event, kernel.release));
        const isLeaving = headersGo && told.some((event) => event.underway);
        const hasHeaders = found?.headers.state !== 'absent' && !isLeaving;
        const isGoing = told.some((event) => isRemovalOf(event, kernel.release) && event.underway);
        switch (because.code) {
          case 'module-removed':
            expect(
              told.some((event) => isModuleRemoval(event, module)) || isLeftBehind(module, { told, modules }),
            ).toBe(true);
            break;
          case 'kernel-removed':
            expect(isGoing || (found?.image === 'absent' && (kernelGoes || !hasHeaders))).toBe(true);
            break;
          case 'headers-removed':
            expect([headersGo, policy['headers-removed']]).toEqual([true, 'unbuild']);
            break;
          default: {
            expect(because.code).toBe('superseded');
            const own = modules.find((candidate) => isSame(candidate, module));
            expect(own?.problem?.code).toBe('SOURCE_MISSING');
            const heir = 'by' in because ? because.by : '';
            const heirPair = pairs.find(
              (pair) => pair.kernel === kernel.release && isSame(pair.module, { ...module, version: heir }),
            );
            const isHeirMade = actions
              .slice(0, index)
              .some((other) => other.do === 'install' && isSame(other.module, { ...module, version: heir }));
            const pair = pairs.find((pair) => pairKey(pair.module, pair.kernel) === keyOf(action));
            const isInUse = pair?.build?.installed === true || pair?.build?.remains === true;
            if (isInUse && policy['module-upgrade'] === 'carry')
              expect(heirPair?.build?.installed === true || isHeirMade).toBe(true);
          }
        }
      }
    }));

  it('names only modules and kernels that are there', () =>
    everyPlan(({ actions, skipped }, { facts: { kernels, modules } }) => {
      const known = new Set(kernels.map(({ release }) => release));
      const ids = new Set(modules.map(({ name, version }) => `${name}/${version}`));
      for (const action of actions) {
        if ('kernel' in action) expect(known).toContain(action.kernel.release);
        if ('module' in action) expect(ids).toContain(`${action.module.name}/${action.module.version}`);
      }
      for (const { module, kernel } of skipped) {
        expect(known).toContain(kernel);
        expect(ids).toContain(`${module.name}/${module.version}`);
      }
    }));

  it('ends with one depmod for each kernel with an image whose modules change, or did', () =>
    everyPlan(({ actions, skipped }, { facts: { kernels } }) => {
      // Every pair in scope is either acted on or skipped.
      const inScope = (release: string) =>
        skipped.some(({ kernel }) => kernel === release) ||
        actions.some(
          (action) => 'module' in action && 'kernel' in action && action.kernel.release === release,
        );
      const changed = actions.flatMap((action) =>
        action.do === 'install' || action.do === 'uninstall' ? [action.kernel.release] : [],
      );
      const expected = kernels.filter(
        ({ release, image, indexOutdated }) =>
          image === 'present' && (changed.includes(release) || (indexOutdated === true && inScope(release))),
      );
      const others = actions.filter((action) => action.do !== 'initramfs');
      const last = others.slice(others.length - expected.length);
      expect(last.map((action) => 'kernel' in action && action.kernel.release)).toEqual(
        expected.map(({ release }) => release),
      );
      expect(actions.filter((action) => action.do === 'depmod')).toEqual(last);
    }));

  it('comes to the initramfs after every depmod, once a kernel, where modules changed and their policy wants it', () =>
    everyPlan(({ actions, skipped }, { events: told, facts: { kernels, modules }, policies: knobs }) => {
      const updates = actions.filter((action) => action.do === 'initramfs');
      expect(actions.slice(actions.length - updates.length)).toEqual(updates);
      const wish = (module: ModuleId) => policyFor(knobs, module).initramfs;
      const wishes = [knobs.base.initramfs, ...modules.map(wish)];
      const expected = kernels.flatMap(({ release, image, initramfs }) => {
        const own = actions.filter((action) => 'kernel' in action && action.kernel.release === release);
        const isGoing = told.some((event) => isRemovalOf(event, release) && event.underway === true);
        if (image === 'absent' || initramfs === undefined || isGoing) return [];
        const changed = own.flatMap((action) =>
          (action.do === 'install' || action.do === 'uninstall') && wish(action.module) !== 'never'
            ? [action.module]
            : [],
        );
        const isLeft = initramfs.outdated === true && wishes.some((one) => one !== 'never');
        const isSeen =
          skipped.some(({ kernel }) => kernel === release) || own.some((action) => 'module' in action);
        if (changed.length === 0 && !(isLeft && isSeen)) return [];
        const mode = changed.some((module) => wish(module) === 'always') ? 'always' : 'auto';
        return [{ release, mode, modules: namesOf(changed) }];
      });
      const planned = updates.map(({ kernel, mode, modules: changed }) => {
        return { release: kernel.release, mode, modules: namesOf(changed) };
      });
      expect(planned).toEqual(expected);
      for (const { modules: changed } of updates) expect(namesOf(changed)).toHaveLength(changed.length);
    }));

  it('says something about every pair in scope, and explains each of it', () =>
    everyPlan((plan) => {
      const targets = plan.actions.map((action) =>
        JSON.stringify([
          'module' in action ? action.module : action.do,
          'kernel' in action && action.kernel.release,
        ]),
      );
      const lines = explainPlan({ ...plan, skipped: [] });
      expect(lines).toHaveLength(new Set(targets).size);
      const ends = plan.skipped.map(({ because }) => explainSkip(because));
      for (const line of [...lines, ...ends]) expect(line).toMatch(/^\S[^\n]{8,}[^\s:;,]$/);
    }));
});

it('what is told of one kernel changes no other kernel and no registration', () => {
  const keepsModules = policies.filter(({ base, modules }) =>
    [base, ...Object.values(modules)].every((policy) => policy['kernel-removed'] !== 'deregister'),
  );
  fc.assert(
    fc.property(kernelEvents, facts, keepsModules, (told, found, knobs) => {
      const named = told.map((event) => ('kernel' in event ? event.kernel : ''));
      for (const action of decide(told, found, knobs).actions) {
        expect('kernel' in action && named.includes(action.kernel.release)).toBe(true);
      }
    }),
    runs,
  );
});

it('what arrives in one transaction comes to the same, told at once or one after the other', () => {
  const arrivals = events
    .map((told) => told.filter(({ transition }) => transition === 'install' || transition === 'upgrade'))
    .filter((told) => told.length > 1);
  // Where a module goes to some kernels only, or to where it is elsewhere, it matters what came before it.
  const wide = presetNames
    .map((name) => presetPolicy(name))
    .filter((policy) => policy['module-scope'] === 'all-with-headers');
  const presets = fc.constantFrom(...wide).map((base) => ({ base, modules: {} }));
  const installed = (found: Facts) =>
    found.pairs.filter(({ build }) => build?.installed).map(({ module, kernel }) => pairKey(module, kernel));
  fc.assert(
    fc.property(arrivals, facts, presets, (told, found, knobs) => {
      const atOnce = carryOut(found, decide(told, found, knobs), { at: present });
      const oneByOne = told.reduce(
        (state, event, index) =>
          carryOut(state, decide([event], state, knobs), { at: present + index * 100 }),
        found,
      );
      expect(installed(oneByOne)).toEqual(installed(atOnce));
    }),
    runs,
  );
});

it('every pair in scope is either acted on or skipped with a reason', () => {
  fc.assert(
    fc.property(facts, policies, (found, knobs) => {
      const { actions, skipped } = decide([], found, knobs);
      const acted = new Set(actions.map(keyOf).filter((key) => key !== ''));
      const left = skipped.map(({ module, kernel }) => pairKey(module, kernel));
      expect([...acted, ...left].sort()).toEqual(
        found.pairs.map((pair) => pairKey(pair.module, pair.kernel)).sort(),
      );
    }),
    runs,
  );
});

/** Whether a module comes to depend on another one, for any kernel and in any version. */
function leadsTo({ pairs }: Facts, { from, to }: { from: string; to: string }): boolean {
  const names = new Set([from]);
  for (const name of names) {
    for (const { module, depends = [] } of pairs)
      if (module.name === name) for (const other of depends) names.add(other);
  }
  return names.has(to);
}

function isRemoval({ transition }: PackageEvent): boolean {
  return transition === 'remove' || transition === 'purge';
}

function namesOf(modules: readonly ModuleId[]): string[] {
  return [...new Set(modules.map(({ name, version }) => `${name}/${version}`))].sort();
}

function isHeadersRemoval(event: PackageEvent, release: string): boolean {
  return event.subject === 'headers' && event.kernel === release && isRemoval(event);
}

function isModuleRemoval(event: PackageEvent, module: ModuleId): boolean {
  return event.subject === 'module' && isRemoval(event) && isSame(event.module, module);
}

/** Nothing of its own is left but builds, its package is removed, and no version stays that could follow it. */
function isLeftBehind(
  module: ModuleId,
  { told, modules }: { told: readonly PackageEvent[]; modules: Facts['modules'] },
): boolean {
  const own = modules.filter(({ name }) => name === module.name);
  const staying = own.filter(
    (one) => one.problem?.code !== 'SOURCE_MISSING' && !told.some((event) => isModuleRemoval(event, one)),
  );
  const isGone = own.find((one) => isSame(one, module))?.problem?.code === 'SOURCE_MISSING';
  const isTold = told.some(
    (event) => event.subject === 'module' && isRemoval(event) && event.module.name === module.name,
  );
  return isGone && isTold && staying.length === 0;
}

function isRemovalOf(event: PackageEvent, release: string): boolean {
  return event.subject === 'image' && event.kernel === release && isRemoval(event);
}

function isSame(a: ModuleId, b: ModuleId): boolean {
  return a.name === b.name && a.version === b.version;
}
