import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { buildDebianPackages, offer } from '../support/debian-packages.ts';
import { installHeaders, readKernels, type TestKernel } from '../support/kernels.ts';
import { leftBehind, listFiles } from '../support/list-files.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

/** Of the host, with all that dpkg-buildpackage has made. */
let built: string;
beforeAll(async () => {
  if (inject('testBedMissing') === '') built = await buildDebianPackages();
});

/** A Debian that can get our packages from an archive, with the headers of one kernel. */
async function openSystem(
  name: 'trixie-kernels-thin' | 'trixie-packaging-thin' = 'trixie-kernels-thin',
): Promise<{ root: TestRoot; kernel: TestKernel }> {
  const root = await openRoot(name);
  const kernel = (await readKernels(root)).kernels[0] as TestKernel;
  await installHeaders(root, kernel);
  await offer(root, built);
  return { root, kernel };
}

const shell = async (root: TestRoot, script: string, ...args: string[]) =>
  (await root.run(['sh', '-ec', script, 'sh', ...args])).stdout;

const installedModule = ({ release }: TestKernel) =>
  `/lib/modules/${release}/updates/dkms/v4l2loopback.ko.xz`;

const buildElsewhere = `
mkdir -p /home/somebody/else
cd /home/somebody/else
umask 077
dpkg-source --extract /srv/first/kmodsmith_*.dsc built >/dev/null
cd built
TZ=Asia/Tokyo LANG=tr_TR.UTF-8 dpkg-buildpackage --build=binary --unsigned-changes >/dev/null 2>&1
cd ..
sha256sum *.deb`;

test('another build, elsewhere and later, gives the same packages', async () => {
  await using root = await openRoot('trixie-packaging');
  await root.copyIn(built, '/srv/first');
  const first = await shell(root, 'cd /srv/first; sha256sum *.deb');
  expect(first).toMatch(/ kmodsmith-dkms_.*\n.* kmodsmith_/);
  expect(await shell(root, buildElsewhere)).toBe(first);
});

test('lintian has nothing to say', async () => {
  await using root = await openRoot('trixie-packaging');
  await root.copyIn(built, '/srv/first');
  const lintian = 'lintian --allow-root --fail-on error,warning /srv/first/*.changes';
  const said = await root.run(['sh', '-c', lintian], { allowFailure: true });
  expect(said).toMatchObject({ stdout: '', exitCode: 0 });
});

test("a module's package is installed on ours, built, and all of it goes", async () => {
  const { root, kernel } = await openSystem();
  await using _root = root;
  const before = await listFiles(root);

  await root.run(['apt-get', 'install', 'kmodsmith-dkms']);
  expect(await shell(root, 'getent passwd _kmodsmith')).toMatch(
    /^_kmodsmith:x:\d+:\d+:.*:\/usr\/sbin\/nologin\n$/,
  );
  expect(await shell(root, 'systemctl is-enabled kmodsmith.service')).toBe('enabled\n');
  // Names the units of a circle, if there is one.
  const verify = 'systemd-analyze verify --man=no multi-user.target 2>&1';
  expect(await shell(root, verify)).toBe('');

  await root.run(['apt-get', 'install', 'v4l2loopback-dkms']);
  expect(await shell(root, 'dkms status')).toMatch(`, ${kernel.release}, x86_64: installed\n`);
  expect(await root.exists(installedModule(kernel))).toBe(true);
  expect(await shell(root, 'kmodsmith verify')).toContain('1 module file for 1 kernel: all in order.');
  expect(await shell(root, 'kmodsmith doctor || :')).not.toContain('PROBLEM  hooks');

  await root.run(['apt-get', 'purge', 'v4l2loopback-dkms', 'kmodsmith', 'kmodsmith-dkms']);
  expect(await leftBehind(root, before)).toEqual([]);
});

/** In one go, since the overlay below the root is mounted anew for each command. */
const boots = `
mkdir /usr/src/toy-1
cd /usr/src/toy-1
printf '%s\\n' PACKAGE_NAME=toy PACKAGE_VERSION=1 BUILT_MODULE_NAME=toy DEST_MODULE_LOCATION=/updates AUTOINSTALL=yes >dkms.conf
echo 'obj-m := toy.o' >Makefile
printf '%s\\n' '#include <linux/module.h>' 'MODULE_LICENSE("GPL");' >toy.c
kmodsmith add toy/1 >/dev/null
set -- $(sed -n s/^ExecStart=//p /usr/lib/systemd/system/kmodsmith.service)
boot() { sleep 2.2; "$@" >/srv/said 2>&1; }
boot "$@"; grep -o 'toy 1 for [^ ]*: built' /srv/said
boot "$@"; grep -o 'Nothing to do' /srv/said
shift
settled() { /usr/lib/kmodsmith/settled "$@" >/dev/null && echo settled || echo open; }
settled "$@"
echo >>toy.c
settled "$@"`;

test('a boot builds what is missing, and takes no engine when nothing is', async () => {
  const { root, kernel } = await openSystem();
  await using _root = root;
  await root.run(['apt-get', 'install', 'kmodsmith']);
  expect((await shell(root, boots)).split('\n')).toEqual([
    `toy 1 for ${kernel.release}: built`,
    ...['Nothing to do', 'settled', 'open', ''],
  ]);
});

test("autopkgtest: our own smoke test, and what modules' packages are tested with", async () => {
  const { root, kernel } = await openSystem('trixie-packaging-thin');
  await using _root = root;
  await root.run(['apt-get', 'install', 'kmodsmith-dkms']);
  await root.copyIn(fileURLToPath(new URL('../../debian/tests/smoke', import.meta.url)), '/srv/smoke');
  await root.run(['/srv/smoke']);
  expect(await shell(root, 'dkms status')).toBe('');

  await root.write('/srv/source/debian/control', 'Source: v4l2loopback\n\nPackage: v4l2loopback-dkms\n');
  const said = await shell(root, 'cd /srv/source; /usr/lib/dkms/dkms-autopkgtest');
  expect(said.split('\n').filter((line) => line.endsWith(` for ${kernel.release}`))).toContainEqual(
    expect.stringMatching(/^PASS: v4l2loopback\//),
  );
  await root.write('/srv/source/debian/control', 'Source: none\n\nPackage: none-dkms\n');
  expect(
    await root.run(['sh', '-c', 'cd /srv/source; /usr/lib/dkms/dkms-autopkgtest'], { allowFailure: true }),
  ).toMatchObject({ exitCode: 1 });
});

const hooks = ['preinst.d', 'postinst.d', 'header_postinst.d', 'prerm.d'].map(
  (name) => `/etc/kernel/${name}/dkms`,
);
const tree = `cd /var/lib/dkms; find . -type f -exec sha256sum {} + -o -type l -printf '%p -> %l\\n' | LC_ALL=C sort`;

test("the distribution's dkms is taken over, and comes back", async () => {
  const { root, kernel } = await openSystem();
  await using _root = root;
  await root.run(['apt-get', 'install', 'v4l2loopback-dkms']);
  const [state, status, hook] = [tree, 'dkms status', `cat ${hooks.join(' ')}`];
  const theirs = {
    state: await shell(root, state),
    status: await shell(root, status),
    hook: await shell(root, hook),
  };
  expect(theirs.status).toContain(`${kernel.release}, x86_64: installed`);

  const said = await shell(root, 'apt-get install kmodsmith-dkms 2>&1');
  expect(said).toMatch(/Removing dkms/);
  expect(said).not.toMatch(/Removing v4l2loopback-dkms|Configuration file/);
  expect(await shell(root, 'readlink -f /usr/sbin/dkms')).toBe('/usr/lib/kmodsmith/dkms.js\n');
  expect(await shell(root, state)).toBe(theirs.state);
  expect(await shell(root, status)).toBe(theirs.status);
  expect(await shell(root, `cat ${hooks[0]}`)).toContain('kmodsmith');

  // The headers come again: one hook looks after them, ours.
  const again = await shell(root, 'dpkg-reconfigure "$1" 2>&1', kernel.headers);
  expect(again).toContain('kmodsmith: building v4l2loopback');
  expect(again).not.toContain('v4l2loopback/');
  expect(await shell(root, status)).toBe(theirs.status);

  await root.run(['apt-get', 'purge', 'dkms']);
  await root.run(['apt-get', 'install', 'dkms']);
  expect(await shell(root, 'dkms --version')).toBe('dkms-3.2.2\n');
  expect(await shell(root, hook)).toBe(theirs.hook);
  expect(await shell(root, status)).toBe(theirs.status);
  await root.run(['apt-get', 'purge', 'kmodsmith', 'kmodsmith-dkms']);
  expect(await shell(root, hook)).toBe(theirs.hook);
  expect(await root.exists(installedModule(kernel))).toBe(true);
  expect(await shell(root, status)).toBe(theirs.status);
  await root.run(['dpkg', '--purge', 'v4l2loopback-dkms']);
  expect(await root.exists(installedModule(kernel))).toBe(false);
});
