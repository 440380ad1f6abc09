import { expect, it } from 'vitest';
import { prerequisites } from '../../../src/apply/prerequisites.ts';
import type { Action, ModuleVersions } from '../../../src/policy/types.ts';

const because = { code: 'asked' } as const;
const kernel = (release: string) => ({ release, arch: 'x86_64' });
const module = (label: string) => {
  const [name = '', version = '1'] = label.split('/');
  return { name, version };
};

const build = (label: string, release: string, dependencies?: ModuleVersions): Action => ({
  ...{ do: 'build', module: module(label), kernel: kernel(release), origin: 'autoinstall', because },
  ...(dependencies && { dependencies }),
});
const act = (deed: 'install' | 'uninstall' | 'unbuild', label: string, release: string): Action => ({
  ...{ do: deed, module: module(label), kernel: kernel(release), because },
});
const whole = (deed: 'register' | 'deregister', label: string): Action => ({
  ...{ do: deed, module: module(label), because },
});
const depmod = (release: string): Action => ({ do: 'depmod', kernel: kernel(release), because });

it('builds of other modules and other kernels wait for nothing', () => {
  const plan = [
    build('a', 'k1'),
    act('install', 'a', 'k1'),
    build('b', 'k1'),
    depmod('k1'),
    build('a', 'k2'),
  ];
  expect(prerequisites(plan)).toEqual([0, 1, 0, 0, 0]);
});

it('what follows for the same module and kernel waits for what goes before', () => {
  const plan = [build('a', 'k'), act('install', 'a', 'k'), act('uninstall', 'a', 'k'), build('a', 'k')];
  expect(prerequisites(plan)).toEqual([0, 1, 2, 3]);
});

it('two versions of a module do not wait for each other', () => {
  expect(prerequisites([act('uninstall', 'a/1', 'k'), build('a/2', 'k')])).toEqual([0, 0]);
});

it('a build waits for whatever becomes of what it depends on, for its own kernel', () => {
  const plan = [
    act('install', 'base/2', 'k1'),
    act('uninstall', 'base/1', 'k1'),
    act('install', 'base/2', 'k2'),
    build('user', 'k1', { base: '2' }),
  ];
  expect(prerequisites(plan)[3]).toBe(2);
});

it('a module that is registered is built after that, and forgotten when all else is done', () => {
  const plan = [whole('register', 'a'), build('a', 'k1'), build('a', 'k2'), whole('deregister', 'a')];
  expect(prerequisites(plan)).toEqual([0, 1, 1, 3]);
});
