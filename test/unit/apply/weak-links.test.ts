import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectGarbage, findGarbage } from '../../../src/apply/gc.ts';
import { readHistory } from '../../../src/apply/history.ts';
import { plan, reconcile } from '../../../src/apply/reconcile.ts';
import { readFramework } from '../../../src/config/framework.ts';
import { runDepmod } from '../../../src/core/install/depmod.ts';
import { defaultPolicy, type Policy } from '../../../src/policy/knobs.ts';
import { defaultPolicies, type Policies } from '../../../src/policy/policies.ts';
import { findPair, planInstall, planUninstall } from '../../../src/policy/requests.ts';
import type { Facts, PackageEvent, Plan } from '../../../src/policy/types.ts';
import { built, fitting, folder, linking, linkingTree, makeLinked, symvers, target } from '../core/linked.ts';
import { addBuild } from '../core/machine.ts';
import { writeModule } from '../formats/module-specimens.ts';

/** As makeLinked, with all that tells that nothing has changed since the build was made; both kernels have an index. */
async function open() {
  const machine = makeLinked();
  const { scratch, layout } = machine;
  const result = await addBuild(machine);
  rmSync(join(result, 'module/foo.ko.xz'));
  // Absolute links lead out of a scratch root, and depmod follows them.
  const make = () => {
    rmSync(machine.link, { force: true });
    scratch.link(`../../${built}/updates/dkms/foo.ko`, `${folder}/foo.ko`);
  };
  make();
  for (const release of [built, linking]) {
    scratch.write(`lib/modules/${release}/modules.order`, '');
    await runDepmod(layout, release);
  }
  const framework = await readFramework(layout.root);
  const options = { layout, framework, policies: defaultPolicies };
  const run = (more: object = {}) => reconcile({ ...options, ...more });
  const links = () => (existsSync(join(scratch.path, folder)) ? readdirSync(join(scratch.path, folder)) : []);
  const indexOf = (release: string) =>
    readFileSync(join(scratch.path, `lib/modules/${release}/modules.dep`), 'utf8');
  return { ...machine, ...{ options, run, links, make, indexOf, result } };
}

type Machine = Awaited<ReturnType<typeof open>>;

const steps = ({ actions }: Plan) =>
  actions.map((action) => [action.do, 'kernel' in action && action.kernel.release].filter(Boolean).join(' '));
const upgraded: PackageEvent = { subject: 'image', transition: 'upgrade', kernel: linking, at: Date.now() };
const policiesOf = (value: Policy['weak-modules']): Policies => ({
  base: { ...defaultPolicy, 'weak-modules': value },
  modules: {},
});

async function expectNothingLeft({ options }: Machine): Promise<void> {
  for (const events of [[], [upgraded]])
    expect((await plan({ ...options, events })).plan.actions).toEqual([]);
}

describe('a run', () => {
  it('proves links that fit, once, and leaves everything else as it is', async () => {
    const machine = await open();
    const { run, links, readProof } = machine;
    await run();
    expect(readProof()).toMatchObject({ compared: 3, kernel: linking });
    expect(links()).toEqual(['foo.ko']);
    await expectNothingLeft(machine);
  });

  it('takes away what does not fit after an update under the same release, and renews what follows', async () => {
    const machine = await open();
    const { run, scratch, links, indexOf, layout, installed } = machine;
    scratch.write(`boot/initrd.img-${linking}`, 'image');
    await run();
    expect(indexOf(linking)).toContain('weak-updates/foo.ko:');
    scratch.write(`${linkingTree}/Module.symvers`, symvers({ printk: '0x00000009' }));
    const { plan: planned, outcomes } = await run({ events: [upgraded] });
    expect(steps(planned)).toEqual(['weak-links', 'depmod', 'initramfs'].map((step) => `${step} ${linking}`));
    expect(outcomes.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    expect(outcomes[0]?.note).toBe(
      `weak links of ${linking}: took away /${folder}/foo.ko, which led to foo 1.0 for ${built}: foo.ko needs other versions of symbols than there are, so the kernel would refuse it: printk (it wants 0x00000001, the kernel has 0x00000009)`,
    );
    // It was noted for the initramfs before it went: else nothing would have changed.
    expect(outcomes[2]?.note).toContain('no program is known here that makes it');
    expect([links(), existsSync(installed), existsSync(layout.weak)]).toEqual([[], true, true]);
    expect(readdirSync(layout.weak)).toEqual([]);
    expect(indexOf(linking)).not.toContain('foo.ko');
    const deeds = (await readHistory(layout)).flatMap((entry) => entry.deeds);
    expect(deeds).toMatchObject([
      { kernel: linking, steps: ['weak-links', 'depmod', 'initramfs'], because: { code: 'links-broken' } },
    ]);
    await expectNothingLeft(machine);
  });

  it('leaves them alone where the policy says so', async () => {
    const { run, scratch, links, layout, options } = await open();
    scratch.write(`${linkingTree}/Module.symvers`, symvers({ printk: '0x00000009' }));
    await run({ policies: policiesOf('never') });
    expect([links(), existsSync(layout.weak)]).toEqual([['foo.ko'], false]);
    const own = { base: defaultPolicy, modules: { foo: { 'weak-modules': 'never' } } };
    expect((await plan({ ...options, policies: own as Policies })).plan.actions).toEqual([]);
  });

  it('comes back to an index that was not renewed when a link went', async () => {
    const { run, link, indexOf, options } = await open();
    await run();
    rmSync(link);
    expect(steps((await plan(options)).plan)).toEqual([`depmod ${linking}`]);
    await run();
    expect(indexOf(linking)).not.toContain('foo.ko');
  });
});

describe('what somebody asks for by name', () => {
  const asked =
    (make: typeof planUninstall, module: Parameters<typeof findPair>[1]) =>
    (facts: Facts): Plan => {
      const pair = findPair(facts, module, built);
      const kernel = facts.kernels.find(({ release }) => release === built);
      if (pair === undefined || kernel === undefined) throw new Error('it is not there');
      return make(pair, kernel);
    };

  it('takes the links along that lead to what is uninstalled', async () => {
    const machine = await open();
    const { run, module, links, indexOf, layout } = machine;
    await run();
    const { plan: planned } = await run({ planFor: asked(planUninstall, module) });
    expect(steps(planned)).toEqual([
      ...[`uninstall ${built}`, `weak-links ${linking}`, `depmod ${built}`, `depmod ${linking}`],
    ]);
    expect([links(), readdirSync(layout.weak)]).toEqual([[], []]);
    expect(indexOf(linking)).not.toContain('foo.ko');
    expect((await plan({ ...machine.options, events: [upgraded] })).plan.actions).toEqual([]);
  });

  it('has the links proven anew that lead to what is installed', async () => {
    const machine = await open();
    const { run, module, result, readProof } = machine;
    await run();
    rmSync(join(machine.scratch.path, target));
    writeFileSync(join(result, 'module/foo.ko'), writeModule({ ...fitting, imports: ['printk'] }));
    const install: typeof planUninstall = (pair, kernel) =>
      planInstall({ ...pair, build: { ...(pair.build as object), installed: false } as never }, kernel, {
        rebuild: false,
      });
    const { outcomes } = await run({ planFor: asked(install, module) });
    expect(outcomes.map(({ action, state }) => `${action.do} ${state}`)).toEqual([
      ...['install done', 'weak-links done', 'depmod done', 'depmod done'],
    ]);
    expect(readProof().compared).toBe(2);
    await expectNothingLeft(machine);
  });
});

it('gc forgets the proofs of links that are gone', async () => {
  const { run, link, proof, options, layout } = await open();
  await run();
  expect(await findGarbage(options)).toEqual([]);
  rmSync(link);
  const { removed, failed } = await collectGarbage(options);
  expect({ kinds: removed.map(({ kind, path }) => [kind, path]), failed }).toEqual({
    kinds: [['note', proof]],
    failed: [],
  });
  expect(readdirSync(layout.weak)).toEqual([]);
});
