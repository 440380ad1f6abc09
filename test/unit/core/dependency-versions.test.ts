import { existsSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  findMissingDependencies,
  staleDependents,
  writeDependencyVersions,
} from '../../../src/core/dependency-versions.ts';
import { addModule, arch, makeMachine, release } from './machine.ts';

const kernel = { release, arch };

/** A machine where `base` is installed in the given version, and more modules are built. */
function machineWith(base: string, modules: Readonly<Record<string, string>> = {}) {
  const machine = makeMachine();
  const { scratch } = machine;
  for (const version of ['1.0', '2.0'])
    scratch.write(`var/lib/dkms/base/${version}/${release}/${arch}/module/base.ko`, '');
  scratch.link(`${base}/${release}/${arch}`, `var/lib/dkms/base/kernel-${release}-${arch}`);
  for (const [name, conf] of Object.entries(modules)) {
    addModule(scratch, name, conf);
    scratch.write(`var/lib/dkms/${name}/1.0/${release}/${arch}/module/${name}.ko`, '');
  }
  return machine;
}

const at = (name: string) => ({ module: { name, version: '1.0' }, ...kernel });
const rebuilds = 'BUILD_DEPENDS[0]=base\nBUILD_DEPENDS_REBUILD=yes\n';

describe('missing dependencies', () => {
  it('are those without any installed version for the kernel', async () => {
    const { layout } = machineWith('2.0', { other: '' });
    const names = ['base', 'other', 'nowhere', '../base', ''];
    expect(await findMissingDependencies(layout, names, kernel)).toEqual(['other', 'nowhere', '../base', '']);
    expect(await findMissingDependencies(layout, ['base'], { release: '6.1', arch })).toEqual(['base']);
  });

  it('are also those whose link leads to no build', async () => {
    const { layout, scratch } = machineWith('2.0');
    rmSync(`${scratch.path}/var/lib/dkms/base/2.0`, { recursive: true });
    expect(await findMissingDependencies(layout, ['base'], kernel)).toEqual(['base']);
  });
});

describe('recorded versions', () => {
  const file = (name: string) => `var/lib/dkms/dep/1.0/${release}/${arch}/.dep_${name}`;

  it('are the installed ones, one line each', async () => {
    const { layout, scratch } = machineWith('1.0', { dep: '' });
    scratch.write(file('former'), '3\n');
    await writeDependencyVersions(layout, at('dep'), ['base', 'absent', '../../evil']);
    expect(readFileSync(`${scratch.path}/${file('base')}`, 'utf8')).toBe('1.0\n');
    expect(existsSync(`${scratch.path}/${file('former')}`)).toBe(false);
    expect(existsSync(`${scratch.path}/${file('absent')}`)).toBe(false);
  });
});

describe('stale dependents', () => {
  it.each([
    { what: 'as built', base: '1.0', stale: [] },
    { what: 'upgraded', base: '2.0', stale: ['dep'] },
  ])('with the dependency $what: $stale', async ({ base, stale }) => {
    const built = machineWith('1.0', { dep: rebuilds, plain: 'BUILD_DEPENDS[0]=base\n' });
    const link = `var/lib/dkms/base/kernel-${release}-${arch}`;
    await writeDependencyVersions(built.layout, at('dep'), ['base']);
    rmSync(`${built.scratch.path}/${link}`);
    built.scratch.link(`${base}/${release}/${arch}`, link);
    const found = await staleDependents(built.layout, kernel);
    expect(found.map(({ name }) => name)).toEqual(stale);
  });

  it('are those of which nothing is known, but not those that could not be built', async () => {
    const needsMore = `${rebuilds}BUILD_DEPENDS[1]=absent\n`;
    const { layout } = machineWith('1.0', { dep: rebuilds, stuck: needsMore, broken: 'if\n' });
    expect(await staleDependents(layout, kernel)).toEqual([{ name: 'dep', version: '1.0' }]);
    expect(await staleDependents(layout, { release: '6.1', arch })).toEqual([]);
  });

  it('come after what they depend on, in a circle too', async () => {
    const both = (name: string) => `${rebuilds}BUILD_DEPENDS[1]=${name}\n`;
    const { layout, scratch } = machineWith('1.0', { a: both('b'), b: both('c'), c: rebuilds, d: both('d') });
    for (const name of ['b', 'c', 'd'])
      scratch.link(`1.0/${release}/${arch}`, `var/lib/dkms/${name}/kernel-${release}-${arch}`);
    const found = await staleDependents(layout, kernel);
    expect(found.map(({ name }) => name)).toEqual(['c', 'b', 'a', 'd']);
  });
});
