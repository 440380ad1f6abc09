import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rememberFailure } from '../../../src/core/build/failures.ts';
import { survey } from '../../../src/core/facts.ts';
import { installedVersions } from '../../../src/core/tree.ts';
import { everything } from '../../../src/policy/scope.ts';
import type { InputChange } from '../../../src/policy/types.ts';
import { readerOf } from '../../support/reader-of.ts';
import { addBuild, addKernel, addModule, arch, makeMachine, release } from './machine.ts';

type Machine = ReturnType<typeof makeMachine>;

/** foo/1.0, which needs dep, built when the kernel had what `recorded` says. */
async function makeDependent(recorded?: unknown): Promise<Machine> {
  const machine = makeMachine();
  const conf = `${machine.scratch.path}/usr/src/foo-1.0/dkms.conf`;
  appendFileSync(conf, 'BUILD_DEPENDS=(dep "dep more")\n');
  const file = `${await addBuild(machine)}/provenance.json`;
  const provenance = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...provenance, dependencies: recorded }));
  return machine;
}

/** dep/1.0 as dkms itself leaves an installed module: a result and the link to it. */
function installDependency({ scratch }: Machine): void {
  addModule(scratch, 'dep');
  scratch.write(`var/lib/dkms/dep/1.0/${release}/${arch}/module/dep.ko`, '');
  scratch.link(`1.0/${release}/${arch}`, `var/lib/dkms/dep/kernel-${release}-${arch}`);
}

async function dependentOf({ layout }: Machine) {
  return (await survey(readerOf(layout), everything)).facts.pairs.find(({ module }) => module.name === 'foo');
}

const moved = (change: InputChange['change']) => [{ kind: 'dependency', name: 'dep', change }];

it.each([
  { what: 'the same', recorded: { dep: '1.0' }, installed: true, changes: [] },
  { what: 'another one', recorded: { dep: '0.9' }, installed: true, changes: moved('changed') },
  { what: 'new', recorded: {}, installed: true, changes: moved('added') },
  { what: 'gone', recorded: { dep: '1.0' }, installed: false, changes: moved('removed') },
  { what: 'not recorded', recorded: undefined, installed: true, changes: [] },
])('a dependency that is $what', async ({ recorded, installed, changes }) => {
  const machine = await makeDependent(recorded);
  if (installed) installDependency(machine);
  const pair = await dependentOf(machine);
  expect(pair?.depends).toEqual(['dep', 'more']);
  expect(pair?.build?.changes).toEqual(changes);
  expect(pair?.build?.dependencies).toEqual(recorded);
});

it('a record whose dependencies are rubbish is none', async () => {
  expect((await dependentOf(await makeDependent('dep')))?.build?.origin).toBe('unknown');
});

it('installed versions come from the active links; what is no name has none', async () => {
  const machine = makeMachine();
  installDependency(machine);
  const names = ['dep', 'none', '../dep', ''];
  expect(await installedVersions(machine.layout, { release, arch }, names)).toEqual({ dep: '1.0' });
});

it('a failure knows against what it was tried', async () => {
  const machine = await makeDependent();
  const inputs = await (await survey(readerOf(machine.layout), everything))
    .site(machine.module, release)
    ?.digest();
  const failure = { summary: 'it broke', inputs: inputs ?? '', dependencies: { dep: '1.0' } };
  await rememberFailure(machine.layout, { module: machine.module, release, arch }, failure);
  expect((await dependentOf(machine))?.failure).toMatchObject({ dependencies: { dep: '1.0' } });
});

describe('a module in scope brings', () => {
  async function namesFor({ layout }: Machine, name: string): Promise<string[]> {
    const scope = { everything: false, kernels: [], modules: [{ name }] };
    return (await survey(readerOf(layout), scope)).facts.pairs.map(
      ({ module, kernel }) => `${module.name} ${kernel}`,
    );
  }

  it('what depends on it, and what it depends on, for every kernel', async () => {
    const machine = await makeDependent();
    for (const name of ['dep', 'more', 'other']) addModule(machine.scratch, name);
    addKernel(machine.scratch, '6.1');
    const found = ['dep', 'foo', 'more'].flatMap((name) => [`${name} 6.1`, `${name} ${release}`]);
    expect(await namesFor(machine, 'dep')).toEqual(found);
    expect(await namesFor(machine, 'foo')).toEqual(found);
    expect(await namesFor(machine, 'other')).toEqual(['other 6.1', `other ${release}`]);
  });

  it('what an override makes depend on it', async () => {
    const machine = makeMachine();
    addModule(machine.scratch, 'dep');
    machine.scratch.write('etc/dkms/foo.conf', 'BUILD_DEPENDS=dep\n');
    expect(await namesFor(machine, 'dep')).toEqual([`dep ${release}`, `foo ${release}`]);
  });
});
