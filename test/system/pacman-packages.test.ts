import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { scratchDirectory } from '../support/cache.ts';
import { packToyPackage, type ToyPackage } from '../support/pacman-packages.ts';
import { toolkitPackage } from '../support/pacman-rows/machine.ts';
import { execute } from '../support/process.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';
import { toyModuleFiles } from '../support/toy-debs.ts';
import { makeToyHeaders } from '../support/toy-packages.ts';

// Packages that keep their files elsewhere than Arch does: pacman finds them by no path, and the hooks that we generate
// for them say what they bring. The tests go on where the one before ended.

beforeEach(requireTestBed);

const release = '6.12.1-odd';
const program = join(import.meta.dirname, '../../dist/cli.js');

let root: TestRoot;
let folder: string;

beforeAll(async () => {
  if (inject('testBedMissing') !== '') return;
  folder = await scratchDirectory('disk');
  root = await openRoot('trixie-pacman');
  const { whole } = await makeToyHeaders(folder, release);
  mkdirSync(join(whole, 'usr/lib/modules', release), { recursive: true });
  symlinkSync(`/usr/src/linux-headers-${release}`, join(whole, 'usr/lib/modules', release, 'build'));
  await offer(await toolkitPackage(folder, '1-1'));
  const image = {
    [`boot/vmlinuz-${release}`]: 'the image\n',
    [`usr/lib/modules/${release}/modules.order`]: '',
    [`usr/lib/modules/${release}/modules.builtin`]: '',
    [`usr/lib/modules/${release}/kernel/README`]: '',
  };
  await offer(await withHooks({ name: 'linux-odd', files: image }, 'kernel', '--release', release));
  const headers: ToyPackage = { name: 'linux-odd-headers', tree: whole };
  await offer(await withHooks(headers, 'kernel', '--release', release));
  await offer(await withHooks(elsewhere, 'module', '--module', 'auto/1.0'));
});
afterAll(async () => {
  await root?.dispose();
  await rm(folder ?? '/nowhere', { recursive: true, force: true });
});

/** A module whose folder is a link: pacman sees no dkms.conf in /usr/src. */
const elsewhere: ToyPackage = {
  ...{ name: 'auto-dkms', version: '1.0-1', links: { 'usr/src/auto-1.0': '../share/auto' } },
  files: Object.fromEntries(
    Object.entries(toyModuleFiles('auto')).map(([path, text]) => [
      path.replace('usr/src/auto-1.0', 'usr/share/auto'),
      text,
    ]),
  ),
};

/** The package with what `kmodsmith generate pacman` writes for it. */
async function withHooks(spec: ToyPackage, kind: string, ...words: string[]): Promise<ToyPackage> {
  const tree = join(folder, `hooks-${spec.name}`);
  if (spec.tree !== undefined) await execute(['cp', '-a', spec.tree, tree]);
  const argv = ['generate', 'pacman', kind, '--package', spec.name, ...words, '--output', tree];
  await execute([process.execPath, program, ...argv]);
  if (kind !== 'module') return { ...spec, tree };
  const scriptlets = join(tree, `${spec.name}.install`);
  const install = readFileSync(scriptlets, 'utf8');
  rmSync(scriptlets);
  return { ...spec, tree, install };
}

async function offer(spec: ToyPackage): Promise<void> {
  const file = await packToyPackage(folder, spec);
  await root.copyIn(file, `/srv/${spec.name}${basename(file).slice(-8)}`);
}

async function pacman(verb: string, ...names: string[]): Promise<string> {
  const words = verb === '-U' ? names.map((name) => `/srv/${name}.pkg.tar`) : names;
  const { stdout, stderr } = await root.run(['pacman', verb, '--noconfirm', ...words]);
  return stdout + stderr;
}

const status = async () => (await root.run(['kmodsmith', 'status'])).stdout;

test('a module says that nobody is there to build it, and its hooks are silent', async () => {
  const said = await pacman('-U', 'auto-dkms');
  expect(said).toContain('auto 1.0 is not built: neither kmodsmith nor dkms is installed.');
  expect(said).not.toMatch(/error|failed/);
  await pacman('-R', 'auto-dkms');
});

test('a kernel, its headers and a module are built for where none of their paths is one of Arch', async () => {
  await pacman('-U', 'kmodsmith');
  const said = await pacman('-U', 'linux-odd', 'auto-dkms');
  expect(said).toContain('Telling kmodsmith what has come');
  expect(await status()).toContain("waiting for the kernel's headers");
  expect(await pacman('-U', 'linux-odd-headers')).toContain(`kmodsmith: building auto 1.0 for ${release}`);
  expect(await status()).toContain(`auto 1.0, ${release}: installed`);
});

test('what is reinstalled stays, and what goes takes its builds along', async () => {
  expect(await pacman('-U', 'linux-odd', 'linux-odd-headers')).not.toContain('kmodsmith: building');
  expect(await status()).toContain(': installed');
  await pacman('-R', 'linux-odd-headers', 'linux-odd');
  expect(await status()).not.toContain(release);
  await pacman('-R', 'auto-dkms');
  expect(await root.list('/var/lib/dkms')).not.toContain('auto');
});

test('the module of a PKGBUILD is what makepkg makes of it', async () => {
  const source = join(folder, 'pkgbuild');
  mkdirSync(source);
  const lines = ['_name=kite', 'pkgname="$_name-dkms"', 'pkgver=$(echo 2.5)', 'pkgrel=1', 'arch=(any)'];
  writeFileSync(join(source, 'PKGBUILD'), `${lines.join('\n')}\npackage() { :; }\n`);
  await root.copyIn(source, '/srv/pkgbuild');
  const asUser = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'env', 'HOME=/tmp'];
  const script = 'chown -R nobody /srv/pkgbuild; cd /srv/pkgbuild; "$@"';
  const argv = ['/srv/cli/cli.js', 'generate', 'pacman', 'module', '--json'];
  await root.copyIn(join(program, '..'), '/srv/cli');
  const { stdout } = await root.run(['sh', '-euc', script, 'x', ...asUser, 'node', ...argv]);
  expect(JSON.parse(stdout)).toMatchObject({
    package: 'kite-dkms',
    module: { name: 'kite', version: '2.5' },
  });
});
