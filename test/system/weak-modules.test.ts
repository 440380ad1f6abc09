import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { readCorpus } from '../support/corpus.ts';
import { installToolkit } from '../support/install.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

// Links of kernels to a real module that was built for another one. RHEL's weak-modules is not in Debian: a program in its place
// writes down what it is told, and makes the link that the real one would make, without asking. Each test goes on where the one
// before ended.

beforeEach(requireTestBed);

let root: TestRoot;
let module: string;
let built: string;
/** The same kernel by another name, without headers, and with its symbols where RHEL has them. */
const linking = '6.99.1-1.el10.x86_64';

const tool = `#!/bin/sh
echo "$*" >>/srv/told
while read -r path; do
  echo "$path" >>/srv/told
  [ "$2" = --add-modules ] || continue
  mkdir -p /lib/modules/${linking}/weak-updates
  ln -sf "$path" /lib/modules/${linking}/weak-updates
done
`;

beforeAll(async () => {
  if (inject('testBedMissing') !== '') return;
  root = await openRoot('trixie-corpus-thin');
  await installToolkit(root);
  const { kernels, packages } = await readCorpus(root);
  built = kernels['6.12'];
  const version = packages['vhba-dkms']?.moduleVersion ?? '';
  module = `vhba/${version}`;
  await root.write('/etc/os-release', 'ID=rhel\nID_LIKE=fedora\n');
  await root.write('/usr/sbin/weak-modules', tool, 0o755);
  await shell(`for other in /lib/modules/*; do
  [ "$other" = /lib/modules/${built} ] || rm -rf "$other" "/boot/vmlinuz-\${other##*/}"
done
cp -a /lib/modules/${built} /lib/modules/${linking}
rm -f /lib/modules/${linking}/build /lib/modules/${linking}/source
gzip -c /usr/src/linux-headers-${built}/Module.symvers >/lib/modules/${linking}/symvers.gz
depmod ${linking}`);
  await kmodsmith('add', module);
});
afterAll(() => root?.dispose());

async function shell(script: string) {
  const { stdout, stderr } = await root.run(['sh', '-euc', script], { timeoutSeconds: 600 });
  return stdout + stderr;
}

async function kmodsmith(...argv: string[]) {
  const { stdout, stderr } = await root.run(['kmodsmith', ...argv], { timeoutSeconds: 600 });
  return stdout + stderr;
}

const links = () =>
  shell(`find /lib/modules/${linking}/weak-updates -type l -printf '%f -> %l\\n' 2>/dev/null || :`);
const isIndexed = async () =>
  (await shell(`cat /lib/modules/${linking}/modules.dep`)).includes('weak-updates/vhba.ko');

test('the tool is told what was installed, and the link that it makes is proven', async () => {
  await kmodsmith('install', module, '-k', built);
  const told = (await root.read('/srv/told')).split('\n');
  expect(told[0]).toBe('--no-initramfs --add-modules');
  expect(told[1]).toMatch(new RegExp(`^/lib/modules/${built.replaceAll('+', '\\+')}/extra/.*vhba\\.ko`));
  expect(await links()).toContain(told[1]);
  const [proof = ''] = await root.list(`/var/lib/kmodsmith/weak/${linking}`);
  const said = JSON.parse(await root.read(`/var/lib/kmodsmith/weak/${linking}/${proof}`));
  expect(said).toMatchObject({ version: 1, symvers: { path: `/lib/modules/${linking}/symvers.gz` } });
  expect(said.compared).toBeGreaterThan(20);
  expect(await kmodsmith('verify')).toMatch(/1 link/);
  expect(await kmodsmith('run', '--all')).toContain('Nothing to do.');
});

test('the kernel is updated under its release and offers the same: the link stays', async () => {
  await shell(`touch /lib/modules/${linking}/symvers.gz /lib/modules/${linking}/modules.builtin`);
  await kmodsmith('run', '--all');
  expect(await links()).toContain('vhba.ko');
});

test('it offers a symbol by another checksum: the link goes, and out of the index', async () => {
  await shell(`depmod ${linking}
zcat /lib/modules/${linking}/symvers.gz | sed -E 's/^0x[0-9a-f]{8}(\\tmodule_layout\\t)/0x00000001\\1/' | gzip >/srv/symvers.gz
mv /srv/symvers.gz /lib/modules/${linking}/symvers.gz`);
  expect(await isIndexed()).toBe(true);
  const failed = await root.run(['kmodsmith', 'verify'], { allowFailure: true });
  expect(failed.exitCode).toBe(1);
  expect(failed.stdout + failed.stderr).toMatch(/module_layout/);
  const said = await kmodsmith('run', '--all');
  expect(said).toMatch(/vhba/);
  expect(await links()).toBe('');
  expect(await isIndexed()).toBe(false);
  expect(await shell('modinfo -k "$0" -n vhba'.replace('"$0"', `'${built}'`))).toContain('/extra/');
  expect(await kmodsmith('run', '--all')).toContain('Nothing to do.');
});

test('with weak-modules = "never" nobody is told', async () => {
  await root.write('/etc/kmodsmith/policy.d/50-weak.toml', 'weak-modules = "never"\n');
  await root.write('/srv/told', '');
  await kmodsmith('uninstall', module, '-k', built);
  await kmodsmith('install', module, '-k', built);
  expect(await root.read('/srv/told')).toBe('');
});

test.each([
  { what: 'is told by the drop-in, too', policy: '', env: {}, isTold: true },
  {
    what: 'is not told where the environment forbids it',
    policy: '',
    env: { NO_WEAK_MODULES: 'yes' },
    isTold: false,
  },
  {
    what: 'is not told by the drop-in where the policy of the module forbids it',
    policy: '[module.vhba]\nweak-modules = "never"\n',
    env: {},
    isTold: false,
  },
  {
    what: 'is told where that is about another one',
    policy: '[module.bar]\nweak-modules = "never"\n',
    env: {},
    isTold: true,
  },
])('the tool $what', async ({ policy, env, isTold }) => {
  await root.write('/etc/kmodsmith/policy.d/50-weak.toml', policy);
  await root.write('/srv/told', '');
  const dkms = ['node', '/usr/lib/kmodsmith/dkms.js'];
  await root.run([...dkms, 'install', module, '-k', built, '--force'], { env, timeoutSeconds: 600 });
  expect(await root.read('/srv/told')).toContain(isTold ? '--add-modules' : '');
  if (!isTold) expect(await root.read('/srv/told')).toBe('');
});

test('a distribution without such a tool tells nobody', async () => {
  await root.write('/etc/os-release', 'ID=fedora\n');
  await root.write('/etc/kmodsmith/policy.d/50-weak.toml', '');
  await root.write('/srv/told', '');
  await kmodsmith('install', module, '-k', built, '--rebuild');
  expect(await root.read('/srv/told')).toBe('');
});
