import { beforeEach, expect, test } from 'vitest';
import { installDropIn } from '../support/drop-in.ts';
import { isWhole, sample } from '../support/extent.ts';
import { installToolkit } from '../support/install.ts';
import { installHeaders, readKernels, type TestKernel } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

interface Machine extends AsyncDisposable {
  readonly root: TestRoot;
  readonly kernel: TestKernel;
  readonly image: string;
  run(...argv: string[]): Promise<{ exitCode: number; said: string }>;
  /** Bytes and times. */
  stamp(): Promise<string>;
  /** The toy modules in the image. */
  toys(): Promise<string[]>;
  /** How often the boot loader was told of a new image. */
  updates(): Promise<string[]>;
}

/** A kernel with headers, the toolkit, and modules that are registered and not built. */
async function open(
  name: 'trixie-kernels-thin' | 'trixie-dracut-thin',
  { list, names }: { list: string; names: readonly string[] },
): Promise<Machine> {
  const root = await openRoot(name);
  const { kernels } = await readKernels(root);
  // The one whose image dracut has made, where dracut is.
  const kernel = kernels.at(-1) as TestKernel;
  const image = `/boot/initrd.img-${kernel.release}`;
  await installHeaders(root, kernel);
  await installToolkit(root);
  for (const toy of names) await addToy(root, toy);
  await root.write('/etc/initramfs/post-update.d/count', '#!/bin/sh\necho "$@" >>/srv/updates\n', 0o755);
  const run = async (...argv: string[]) => {
    const { exitCode, stdout, stderr } = await root.run(argv, { allowFailure: true });
    return { exitCode, said: stdout + stderr };
  };
  return {
    ...{ root, kernel, image, run },
    stamp: async () => (await run('sh', '-c', `sha256sum ${image} && stat -c '%Y %Z %i' ${image}`)).said,
    async toys() {
      const { stdout } = await root.run([list, image]);
      return [...stdout.matchAll(/(toy.)\.ko/g)].map(([, toy = '']) => toy).sort();
    },
    updates: async () =>
      (await run('sh', '-c', 'cat /srv/updates 2>/dev/null')).said.split('\n').slice(0, -1),
    [Symbol.asyncDispose]: () => root.dispose(),
  };
}

async function addToy(root: TestRoot, name: string, conf = ''): Promise<void> {
  const directives = `PACKAGE_NAME=${name}\nPACKAGE_VERSION=1.0\nBUILT_MODULE_NAME=${name}\n`;
  const source = `/usr/src/${name}-1.0`;
  await root.write(
    `${source}/dkms.conf`,
    `${directives}DEST_MODULE_LOCATION=/updates\nAUTOINSTALL=yes\n${conf}`,
  );
  await root.write(`${source}/Makefile`, `obj-m := ${name}.o\n`);
  await root.write(`${source}/${name}.c`, '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n');
  await root.run(['kmodsmith', 'add', `${name}/1.0`]);
}

/** Ends whoever runs node above it. */
const killEngine = `#!/bin/sh
pid=$PPID
until [ "$(readlink /proc/$pid/exe)" = "$(readlink -f /usr/bin/node)" ]; do
  pid=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$pid/status)
done
kill -9 "$pid"
`;

const allMakers = [
  {
    maker: 'initramfs-tools',
    layer: 'trixie-kernels-thin',
    list: 'lsinitramfs',
    wish: { file: '/etc/initramfs-tools/modules', text: 'toya\ntoyb\n' },
    fault: { file: '/etc/initramfs-tools/hooks/broken', text: '#!/bin/sh\n[ "$1" = prereqs ] || exit 1\n' },
  },
  {
    maker: 'dracut',
    layer: 'trixie-dracut-thin',
    list: 'lsinitrd',
    wish: { file: '/etc/dracut.conf.d/toys.conf', text: 'add_drivers+=" toya toyb "\n' },
    fault: { file: '/etc/dracut.conf.d/z-broken.conf', text: 'compress="/bin/false"\n' },
  },
] as const;
// dracut takes twice as long.
const makers = sample(allMakers, 1);

test.for(makers)('$maker: an image follows the modules that are in it, and no others', async (maker) => {
  await using machine = await open(maker.layer, { list: maker.list, names: ['toya', 'toyb'] });
  const { root, kernel, run, stamp, toys, updates } = machine;
  const { release } = kernel;
  const label = `initramfs of ${release}:`;
  const before = await stamp();

  const first = await run('kmodsmith', 'install', 'toya/1.0', '-k', release);
  expect(first.said).toContain(`${label} left as it is, nothing says that toya belongs there`);
  expect([first.exitCode, await stamp(), await updates()]).toEqual([0, before, []]);

  await root.write(maker.wish.file, maker.wish.text);
  await root.write('/usr/src/toya-1.0/toya.c', '#include <linux/module.h>\nMODULE_LICENSE("GPL v2");\n');
  const planned = await run('kmodsmith', 'plan', '--event', `headers:upgrade:${release}`);
  expect(planned.said).toContain(`${label} update if toya or toyb belongs there, its modules changed`);
  const both = await run('kmodsmith', 'run', '--all');
  expect(both.said).toContain(`${label} updated, toya belongs there by ${maker.wish.file}`);
  expect(await toys()).toEqual(['toya', 'toyb']);
  expect(await updates()).toEqual([`${release} ${machine.image}`]);
  expect((await run('kmodsmith', 'run', '--all')).said).toContain('Nothing to do.');

  await run('sh', '-c', `cp ${machine.image} /boot/initrd.img-$(uname -r)`);
  await root.write(maker.wish.file, '');
  const gone = await run('kmodsmith', 'uninstall', 'toya/1.0', '-k', release);
  expect(gone.said).toContain(`${label} updated, toya is in it`);
  expect(await toys()).toEqual([]);
  expect(await root.list('/boot')).not.toContain(`initrd.img-${release}.new`);
  const back = await run('kmodsmith', 'install', 'toya/1.0', '-k', release);
  expect(back.said).toContain(`${label} updated, toya is in that of the running kernel`);

  await root.write('/etc/kmodsmith/policy.d/initramfs.toml', '[module.toya]\ninitramfs = "always"\n');
  const always = await run('kmodsmith', 'uninstall', 'toya/1.0', '-k', release);
  expect(always.said).toContain(`${label} updated, its modules changed`);
  await root.write('/etc/kmodsmith/policy.d/initramfs.toml', 'initramfs = "never"\n');
  await root.write(maker.wish.file, maker.wish.text);
  const untouched = await stamp();
  expect((await run('kmodsmith', 'install', 'toya/1.0', '-k', release)).said).not.toContain('initramfs');
  expect(await stamp()).toBe(untouched);
});

test.for(isWhole ? makers : [])(
  '$maker: what failed, or was cut short, is made up for by the next run',
  async (maker) => {
    await using machine = await open(maker.layer, { list: maker.list, names: ['toya'] });
    const { root, kernel, run, stamp, toys } = machine;
    const { release } = kernel;
    const label = `initramfs of ${release}:`;
    const note = `/var/lib/kmodsmith/initramfs/${release}`;
    const before = await stamp();
    await root.write(maker.wish.file, maker.wish.text);
    await root.write(maker.fault.file, maker.fault.text, 0o755);

    const failed = await run('kmodsmith', 'install', 'toya/1.0', '-k', release);
    expect(failed.exitCode).toBe(1);
    expect(failed.said).toContain(`failed: the initramfs of ${release} was not updated`);
    expect((await stamp()).split('\n')[0]).toBe(before.split('\n')[0]);
    expect(await root.exists(note)).toBe(true);
    expect(await root.read('/var/lib/kmodsmith/history.jsonl')).toContain('INITRAMFS_FAILED');

    const status = await run('kmodsmith', 'status');
    expect(status.said).toContain(`${label} behind the modules, an earlier run did not get to it`);

    await root.run(['rm', maker.fault.file]);
    const planned = await run('kmodsmith', 'plan', '--event', `image:upgrade:${release}`);
    expect(planned.said).toContain(
      `${label} update if what changed belongs there, an earlier run did not get to it`,
    );
    const leaving = await run('kmodsmith', 'plan', '--event', `image:remove:${release}`);
    expect(leaving.said).not.toContain(label);
    expect((await run('kmodsmith', 'run', '--all')).said).toContain(`${label} updated`);
    expect([await toys(), await root.exists(note)]).toEqual([['toya'], false]);

    // The engine dies when the modules are in place, before it gets to the index and the initramfs.
    await root.write('/usr/src/toya-1.0/die.sh', killEngine, 0o755);
    await root.write(
      '/usr/src/toya-1.0/dkms.conf',
      `${await root.read('/usr/src/toya-1.0/dkms.conf')}POST_REMOVE=die.sh\n`,
    );
    const killed = await run('kmodsmith', 'uninstall', 'toya/1.0', '-k', release);
    expect(killed.exitCode).not.toBe(0);
    expect([await toys(), await root.exists(note)]).toEqual([['toya'], true]);
    await root.write('/usr/src/toya-1.0/dkms.conf', 'nothing of use\n');
    expect((await run('kmodsmith', 'run', '--all')).said).toContain(`${label} updated, toya is in it`);
    expect(await toys()).toEqual([]);
  },
);

test('dkms leaves the initramfs alone, and may be called by the hooks of an update', async () => {
  await using machine = await open('trixie-kernels-thin', { list: 'lsinitramfs', names: ['toya'] });
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
  await using machine = await open('trixie-kernels-thin', { list: 'lsinitramfs', names: ['toya'] });
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
