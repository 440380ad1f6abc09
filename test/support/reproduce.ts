import { expect, inject } from 'vitest';
import { type CorpusKernel, readCorpus } from './corpus.ts';
import { readKernels } from './kernels.ts';
import { loadedSections } from './loaded-sections.ts';
import { openRoot, type TestRoot } from './roots.ts';

/** Unsigned and uncompressed modules by name. */
type Modules = Readonly<Record<string, Buffer>>;

/** Puts the modules of the one build that there is into /srv/modules, and forgets the build. */
const takeAway = `rm -rf /srv/modules && mkdir /srv/modules
cp /var/lib/dkms/"$1"/"$2"/"$3"/*/module/*.ko* /srv/modules
rm -f /srv/modules/*.symvers
[ -z "$(find /srv/modules -name '*.xz')" ] || xz -d /srv/modules/*.xz
rm -rf /var/lib/dkms/*/ /var/lib/kmodsmith`;

/** Whatever should make no difference: clock, time zone, host, umask, environment, folder, number of jobs, file times. */
const elsewhere = `hostname another-host
ln -sf /usr/share/zoneinfo/Pacific/Auckland /etc/localtime
printf 'parallel_jobs="1"\\n' >/etc/dkms/framework.conf.d/jobs.conf
find /usr/src/"$1-$2" -exec touch -h -d '2001-02-03 04:05' '{}' +
umask 077
cd /srv
export HOME=/srv USER=another LANG=de_DE.UTF-8 TZ=Asia/Kathmandu KBUILD_BUILD_USER=another KBUILD_BUILD_HOST=another \\
  CFLAGS=-O0 KCFLAGS=-O1 EXTRA_CFLAGS=-DOTHER CROSS_COMPILE=other- SOURCE_DATE_EPOCH=1 MAKEFLAGS=-k
sleep 1.1`;

const register = `kmodsmith add "$1/$2"`;
const build = `kmodsmith build "$1/$2" -k "$3"`;

/**
 * Expects two clean builds of a package, the second under other circumstances, to be the same bit by bit, and to have the
 * code and data that the distribution's dkms builds.
 */
export async function expectReproducible(package_: string, label: CorpusKernel): Promise<void> {
  await using root = await openRoot('trixie-sandbox-thin');
  const { packages, kernels } = await readCorpus(root);
  const { debs } = await readKernels(root);
  const { name, moduleVersion } = packages[package_] ?? { name: package_, moduleVersion: '' };
  const made = async (script: string) => {
    const argv = ['sh', '-ec', `${script}\n${takeAway}`, 'make', name, moduleVersion, kernels[label]];
    await root.run(argv, { timeoutSeconds: 900 });
    return readModules(root);
  };
  await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
  await root.run(['dpkg', '--install', '/srv/kmodsmith.deb', debs['dkms']?.file ?? 'dkms']);
  await root.write('/etc/kmodsmith/policy.d/10.toml', "sandbox = 'require'\nsign = 'off'\n");
  await root.write('/etc/dkms/framework.conf.d/jobs.conf', '');

  const theirs = await made(`dkms add "$1/$2" && dkms build "$1/$2" -k "$3"`);
  const first = await made(`${register}\n${build}`);
  const second = await made(`${register}\n(${elsewhere}\n${build})`);
  expect(Object.keys(first)).not.toEqual([]);
  expect(differing(first, second), 'two builds of ours').toEqual([]);
  expect(sections(first), 'code and data, ours and that of dkms').toEqual(sections(theirs));
}

async function readModules(root: TestRoot): Promise<Modules> {
  const modules: Record<string, Buffer> = {};
  for (const name of await root.list('/srv/modules'))
    modules[name] = await root.readBytes(`/srv/modules/${name}`);
  return modules;
}

function differing(a: Modules, b: Modules): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter((name) => a[name] === undefined || b[name]?.equals(a[name]) !== true);
}

function sections(modules: Modules): Record<string, string[]> {
  return Object.fromEntries(Object.entries(modules).map(([name, bytes]) => [name, loadedSections(bytes)]));
}
