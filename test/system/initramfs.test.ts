import { beforeEach, expect, test } from 'vitest';
import { installDropIn } from '../support/drop-in.ts';
import { isWhole } from '../support/extent.ts';
import { followModules, openWithToys } from '../support/follow-modules.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

followModules('initramfs-tools');
// It takes twice as long: `npm run test:long`.
if (isWhole) followModules('dracut');

test('dkms leaves the initramfs alone, and may be called by the hooks of an update', async () => {
  await using machine = await openWithToys('trixie-kernels-thin', { list: 'lsinitramfs', names: ['toya'] });
  const { root, kernel, run, stamp, toys } = machine;
  const { release } = kernel;
  await root.write('/etc/initramfs-tools/modules', 'toya\n');
  await installDropIn(root);
  const before = await stamp();
  expect((await run('dkms', 'install', 'toya/1.0', '-k', release)).exitCode).toBe(0);
  expect(await stamp()).toBe(before);

  // As kernel-install's plugins do. Whoever would wait for the lock waits for those who wait for them.
  const calls = [`dkms autoinstall -k ${release}`, 'kmodsmith run --all'];
  const lines = calls.map((call) => `timeout 60 ${call} >/dev/null 2>&1\necho "$?" >>/srv/nested\n`);
  await root.write('/etc/initramfs/post-update.d/nested', `#!/bin/sh\n${lines.join('')}exit 0\n`, 0o755);
  const source = '/usr/src/toya-1.0/toya.c';
  await root.write(source, `${await root.read(source)}/* changed */\n`);
  expect((await run('kmodsmith', 'run', '--all')).said).toContain(`initramfs of ${release}: updated`);
  expect(await root.read('/srv/nested')).toBe('0\n6\n');
  expect(await toys()).toEqual(['toya']);
});

test('an update runs in the root that is named, not in ours', async () => {
  await using machine = await openWithToys('trixie-kernels-thin', { list: 'lsinitramfs', names: ['toya'] });
  const { root, kernel, run, stamp } = machine;
  const { release } = kernel;
  await root.write('/etc/initramfs-tools/modules', 'toya\n');
  const before = await stamp();
  // The same system once more, below a folder, for one command.
  const script = `mkdir -p /inner/usr /inner/etc /inner/srv /inner/dev /inner/proc /inner/var/tmp /inner/tmp
cp -a /bin /lib /lib64 /sbin /boot /inner/; cp -a /var/lib /inner/var/
for d in dev etc usr; do mount --bind /$d /inner/$d; done; mount -t proc proc /inner/proc
kmodsmith --root /inner install toya/1.0 -k ${release} && lsinitramfs /inner${machine.image}`;
  const { exitCode, said } = await run('sh', '-c', script);
  expect(said).toContain(
    `initramfs of ${release}: updated, toya belongs there by /etc/initramfs-tools/modules`,
  );
  expect([exitCode, /toya\.ko/.test(said), await stamp()]).toEqual([0, true, before]);
});
