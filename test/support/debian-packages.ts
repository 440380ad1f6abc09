import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory, exists, scratchDirectory } from './cache.ts';
import { withFileLock } from './file-lock.ts';
import { execute } from './process.ts';
import { layerId } from './recipes.ts';
import { openRoot, type TestRoot } from './roots.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** A clone may belong to somebody else than root, who runs the tests; git wants to be told that this is fine. */
const trusting = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' };

const environment = { ...process.env, ...trusting };

/**
 * The packages of the commit that is checked out, as Debian builds them: without network, by dpkg-buildpackage. Returns the
 * host's folder with .dsc, tarballs, .changes and .debs, which is kept until the content of the commit is another one.
 */
export async function buildDebianPackages(): Promise<string> {
  const tree = await execute(['git', '-C', project, 'rev-parse', 'HEAD^{tree}'], { env: environment });
  const parent = join(cacheDirectory(), 'packages');
  const folder = join(parent, `${tree.stdout.toString().trim()}-${await layerId('trixie-packaging')}`);
  await mkdir(parent, { recursive: true });
  await withFileLock(join(parent, 'lock'), async () => {
    if (!(await exists(folder))) await build(folder);
  });
  return folder;
}

/** Writes into the folder what distributions build from; returns it. */
export async function sourcePackage(folder: string): Promise<string> {
  await execute(['sh', join(project, 'scripts/source-package.sh'), folder], { env: environment });
  return folder;
}

async function build(folder: string): Promise<void> {
  const scratch = await scratchDirectory('disk');
  try {
    await sourcePackage(scratch);
    await using root = await openRoot('trixie-packaging');
    await root.copyIn(scratch, '/srv/built');
    const script =
      'cd /srv/built/kmodsmith-*/ && dpkg-buildpackage --unsigned-source --unsigned-changes && rm -r "$PWD"';
    await root.run(['sh', '-c', script]);
    await root.copyOut('/srv/built', join(scratch, 'built'));
    await rename(join(scratch, 'built'), folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const archive = `
cp /var/cache/test-debs/dkms_*.deb /var/cache/test-debs/v4l2loopback-dkms_*.deb /srv/archive
cd /srv/archive
apt-ftparchive packages . >Packages`;

/** Makes the .debs of a folder of the host, the distribution's dkms and a module's package all that the root's apt knows. */
export async function offer(root: TestRoot, folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((one) => one.endsWith('.deb')))
    await root.copyIn(join(folder, name), `/srv/archive/${name}`);
  await root.run(['sh', '-ec', archive]);
  await root.write('/etc/apt/sources.list.d/debian.sources', '');
  await root.write('/etc/apt/sources.list', 'deb [trusted=yes] file:/srv/archive ./\n');
  await root.run(['apt-get', 'update']);
}
