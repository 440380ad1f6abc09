import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { scratchDirectory } from '../cache.ts';
import { leftBehind, listFiles } from '../list-files.ts';
import { requireTestBed } from '../require-or-skip.ts';
import { openPair, type PackageState, type SystemPair } from './systems.ts';
import { makeVersions, type PackageVersions } from './versions.ts';

/** Ours remembers for which kernels a module was built, should the removal be the first half of an upgrade; this goes with us. */
const ownState = /^\/var\/lib\/kmodsmith\//;

/** Declares the tests of these packages, all in the same transactions: apt and depmod look at everything each time. */
export function compareLives(packages: readonly string[]): void {
  let pair: SystemPair;
  beforeEach(requireTestBed);
  beforeAll(async () => {
    if (inject('testBedMissing') === '') pair = await openPair();
  });
  afterAll(() => pair?.[Symbol.asyncDispose]());

  test("packages of modules live on ours as on the distribution's dkms", { timeout: 7_200_000 }, () =>
    expectSameLife(pair, packages),
  );

  test('nothing is left behind', async () => {
    const { root, before } = pair.ours;
    await root.run(['apt-get', 'purge', 'kmodsmith', 'kmodsmith-dkms']);
    expect(await leftBehind(root, before)).toEqual([]);
  });
}

/**
 * Real packages come, are upgraded, reinstalled, bring other versions of their modules, and go, on both systems; after each
 * step both have to have the same, and in the end nothing of them may be left on ours.
 */
async function expectSameLife(pair: SystemPair, packages: readonly string[]): Promise<void> {
  const before = await listFiles(pair.ours.root);
  const versions = await Promise.all(packages.map((package_) => bringVersions(pair, package_)));
  const step = (...words: string[]) => expectSameStep(pair, ...words);
  const all = (name: keyof PackageVersions) => versions.map((version) => version[name]);

  const first = await step('install', ...all('first'));
  // One that takes the place of a kernel's own module says so besides.
  expect(first.status.match(/: installed(?: \(Original modules exist\))?$/gm), first.status).toHaveLength(
    packages.length,
  );
  const changed = await step('install', ...all('changed'));
  expect(changed.status).toBe(first.status);
  expect(Object.keys(changed.loaded)).toEqual(Object.keys(first.loaded));
  for (const [path, sections] of Object.entries(changed.loaded))
    expect(sections, path).not.toEqual(first.loaded[path]);
  expect(await step('install', '--reinstall', ...all('changed'))).toEqual(changed);
  const next = await step('install', ...all('next'));
  expect(next.status).not.toBe(changed.status);
  expect(next.names).toBe(changed.names);
  const removed = await step('remove', ...packages);
  expect(removed).toMatchObject({ status: '', loaded: {} });
  // apt knows no more of a package that has left nothing and is in no archive.
  const remembered = removed.packages.split('\n').flatMap((line) => line.split(' ')[0] || []);
  const purged = await step('purge', ...remembered);
  expect(purged).toMatchObject({ status: '', packages: '' });
  const left = await leftBehind(pair.ours.root, before);
  expect(left.filter((path) => !ownState.test(path))).toEqual([]);
}

/** Has apt-get do the same on both systems, and expects the same of them. Returns what that is. */
async function expectSameStep(
  { theirs, ours }: SystemPair,
  ...words: readonly string[]
): Promise<PackageState> {
  const states = await Promise.all(
    [theirs, ours].map(async ({ root, observe }) => {
      const { exitCode, stdout, stderr } = await root.run(['apt-get', ...words], {
        allowFailure: true,
        timeoutSeconds: 3600,
      });
      return { said: stdout + stderr, state: { exitCode, ...(await observe()) } };
    }),
  );
  const [their, our] = states;
  if (their === undefined || our === undefined) throw new Error('a pair is two');
  expect(our.state, `${words.join(' ')}: ${our.said}`).toEqual(their.state);
  expect(our.state.exitCode, our.said).toBe(0);
  return our.state;
}

/** Makes the versions, and puts each into both systems by its name. Returns the paths there. */
async function bringVersions({ theirs, ours }: SystemPair, package_: string): Promise<PackageVersions> {
  const folder = await scratchDirectory('disk');
  try {
    const deb = join(folder, `${package_}.deb`);
    await ours.root.copyOut(`/var/cache/module-debs/${package_}.deb`, deb);
    const made = await makeVersions(deb, folder);
    const bring = async (name: keyof PackageVersions) => {
      const path = `/srv/${package_}_${name}.deb`;
      for (const { root } of [theirs, ours]) await root.copyIn(made[name], path);
      return path;
    };
    return { first: await bring('first'), changed: await bring('changed'), next: await bring('next') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
