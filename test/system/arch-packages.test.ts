import { copyFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { scratchDirectory } from '../support/cache.ts';
import { sourcePackage } from '../support/debian-packages.ts';
import { packRowPackages } from '../support/pacman-rows/machine.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

const project = fileURLToPath(new URL('../..', import.meta.url));
const release = '6.12.1-toy1-1';

let root: TestRoot;
let folder: string;

beforeAll(async () => {
  if (inject('testBedMissing') !== '') return;
  folder = await scratchDirectory('disk');
  root = await openRoot('trixie-pacman');
});
afterAll(async () => {
  await root?.dispose();
  await rm(folder ?? '/nowhere', { recursive: true, force: true });
});

const asUser = (script: string) =>
  root.run(
    ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'env', 'HOME=/tmp', 'sh', '-ec', script],
    { timeoutSeconds: 900 },
  );

test('makepkg builds both packages of a clean clone, as an ordinary user and without network', async () => {
  const sources = await sourcePackage(folder);
  for (const name of ['PKGBUILD', 'kmodsmith.install'])
    await copyFile(join(project, 'arch', name), join(sources, name));
  await root.copyIn(sources, '/srv/build');
  await root.run(['chown', '-R', 'nobody', '/srv/build']);
  await asUser('cd /srv/build && makepkg --nodeps --nocolor');
  const { stdout: info } = await asUser('cd /srv/build && makepkg --printsrcinfo');
  await expect(info).toMatchFileSnapshot(join(project, 'arch/.SRCINFO'));
  const made = (await root.list('/srv/build')).filter((name) => name.includes('.pkg.tar'));
  expect(made.map((name) => name.replace(/\.[a-z]+$/, ''))).toEqual([
    'kmodsmith-0.1.0-1-any.pkg.tar',
    'kmodsmith-dkms-0.1.0-1-any.pkg.tar',
  ]);
});

test('they are installed, a module is built for its kernel, and dkms knows it', async () => {
  const packages = await packRowPackages(folder);
  const paths: string[] = [];
  for (const name of ['linux 1', 'headers 1', 'auto-dkms 1.0-1']) {
    const file = packages[name] ?? name;
    paths.push(`/srv/${basename(file)}`);
    await root.copyIn(file, paths.at(-1) ?? '');
  }
  // What they depend on is here, and pacman does not know it.
  const install = `pacman -Udd --noconfirm /srv/build/*.pkg.tar.* "$@"`;
  const { stdout, stderr } = await root.run(['sh', '-ec', install, 'x', ...paths]);
  expect(stdout + stderr).toContain('kmodsmith: building auto 1.0');
  const status = await root.run(['dkms', 'status']);
  expect(status.stdout).toBe(`auto/1.0, ${release}, x86_64: installed\n`);
  expect((await root.run(['pacman', '-Qkk', 'kmodsmith', 'kmodsmith-dkms'])).stdout).toMatch(
    /kmodsmith: \d+ total files, 0 altered files\n.*kmodsmith-dkms: \d+ total files, 0 altered files/,
  );
  const { stdout: said } = await root.run(['kmodsmith', 'doctor'], { allowFailure: true });
  expect(said).toContain('the hooks of kernels call us');
});

test('they go, and the module that works stays', async () => {
  await root.run(['pacman', '-Rdd', '--noconfirm', 'kmodsmith-dkms', 'kmodsmith']);
  expect((await root.run(['modinfo', '-k', release, '-F', 'filename', 'auto'])).stdout).toContain(
    '/updates/dkms/',
  );
  for (const path of ['/usr/bin/dkms', '/usr/lib/kmodsmith', '/usr/lib/dkms'])
    expect(await root.exists(path), path).toBe(false);
});
