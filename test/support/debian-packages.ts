import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratchDirectory } from './cache.ts';
import { execute } from './process.ts';
import { openRoot, type TestRoot } from './roots.ts';

const script = fileURLToPath(new URL('../../scripts/source-package.sh', import.meta.url));

/** A clone may belong to somebody else than root, who runs the tests; git wants to be told that this is fine. */
const trusting = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' };

/** The packages of the commit that is checked out, as Debian builds them: without network, by dpkg-buildpackage. */
export interface DebianPackages extends AsyncDisposable {
  /** Where they were built: .dsc, .changes and .deb are in /srv/first. */
  readonly root: TestRoot;
  /** The host's folder of the .debs. */
  readonly folder: string;
}

export async function buildDebianPackages(): Promise<DebianPackages> {
  const folder = await scratchDirectory('disk');
  const root = await openRoot('trixie-packaging');
  const dispose = async () => {
    await root.dispose();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await execute(['sh', script, folder], { env: { ...process.env, ...trusting } });
    await root.copyIn(folder, '/srv/first');
    await root.run([
      'sh',
      '-c',
      'cd /srv/first/kmodsmith-*/ && dpkg-buildpackage --unsigned-source --unsigned-changes',
    ]);
    for (const name of (await root.list('/srv/first')).filter((one) => one.endsWith('.deb')))
      await root.copyOut(`/srv/first/${name}`, join(folder, name));
  } catch (error) {
    await dispose();
    throw error;
  }
  return { root, folder, [Symbol.asyncDispose]: dispose };
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
