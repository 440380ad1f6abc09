import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { sample } from '../support/extent.ts';
import { readKernels } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';
import { tarBytes } from '../support/tar.ts';

beforeEach(requireTestBed);

/** The distribution's dkms, and ours beside it. */
const theirs = '/usr/sbin/dkms';
const ours = '/usr/local/sbin/our-dkms';
const archive = '/srv/small.tar.xz';
const label = 'small/1.0';

/** One system through its life: what is built once is packed, taken away and loaded again. */
describe('archives of dkms and ours', () => {
  let root: TestRoot;
  let releases: readonly string[];
  const line = (release: string | undefined, state: string) => `${label}, ${release}, x86_64: ${state}\n`;
  const statuses = async () =>
    Promise.all([theirs, ours].map(async (dkms) => (await root.run([dkms, 'status'])).stdout));
  const shell = (script: string) => root.run(['sh', '-ec', script]);

  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    root = await openRoot('trixie-dkms');
    releases = (await readKernels(root)).kernels.map(({ release }) => release);
    await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
    await shell('dpkg-deb --fsys-tarfile /srv/kmodsmith.deb | tar -x -C / ./usr/lib/kmodsmith');
    await root.write(ours, '#!/bin/sh\nexec node /usr/lib/kmodsmith/dkms.js "$@"\n', 0o755);
    await writeSource(root);
    const kernels = releases.flatMap((release) => ['-k', release]);
    await root.run([theirs, 'build', label, ...kernels]);
    await root.run([theirs, 'mktarball', label, ...kernels, '--archive', '/srv/all.tar.gz']);
  });
  afterAll(() => root?.dispose());

  /** As on a system that has never seen the module. */
  const forget = () => shell('rm -rf /var/lib/dkms/small /usr/src/small-1.0*');
  /** As it was built, whoever changed what since. */
  const restore = async () => {
    await forget();
    await root.run([ours, 'ldtarball', '/srv/all.tar.gz']);
  };

  const both = [
    { name: "dkms's, loaded by ours", writer: theirs, reader: ours },
    { name: 'ours, loaded by dkms', writer: ours, reader: theirs },
    { name: 'ours, loaded by ours', writer: ours, reader: ours },
  ];

  test.each(sample(both, 2))('source and builds: $name', async ({ writer, reader }) => {
    await restore();
    const content = await contents(root);
    await root.run([writer, 'mktarball', label, '--all', '--archive', archive]);
    await forget();
    await root.run([reader, 'ldtarball', archive]);
    // dkms 3.2.2 loads the first build of an archive and stumbles over the others.
    const loaded = reader === theirs ? releases.slice(0, 1) : releases;
    const built = loaded.map((release) => line(release, 'built')).join('');
    expect(await statuses()).toEqual([built, built]);
    if (reader === ours) expect(await contents(root)).toBe(content);
    await root.run([reader, 'install', label, '-k', releases[0] ?? '']);
    const [first] = await statuses();
    expect(first).toContain(line(releases[0], 'installed'));
    await root.run([reader, 'remove', label, '--all']);
    expect(await statuses()).toEqual(['', '']);
  });

  test.each(sample(both, 2))('the source alone, which is built then: $name', async ({ writer, reader }) => {
    await restore();
    await root.run([writer, 'mktarball', label, '--source-only', '--archive', archive]);
    await forget();
    await root.run([reader, 'ldtarball', '--archive', archive]);
    expect(await statuses()).toEqual([`${label}: added\n`, `${label}: added\n`]);
    await root.run([reader, 'build', label, '-k', releases[1] ?? '']);
    expect(await statuses()).toEqual([line(releases[1], 'built'), line(releases[1], 'built')]);
  });

  test.each(sample(both, 2))('builds where the source is: $name', async ({ writer, reader }) => {
    await restore();
    await root.run([
      writer,
      'mktarball',
      label,
      '--binaries-only',
      '-k',
      releases[1] ?? '',
      '--archive',
      archive,
    ]);
    await root.run([theirs, 'remove', label, '--all']);
    await root.run([reader, 'ldtarball', archive]);
    expect(await statuses()).toEqual([line(releases[1], 'built'), line(releases[1], 'built')]);
  });

  test.each([theirs, ours])('builds alone, packed by %s, make a module that either knows', async (writer) => {
    await restore();
    const at = ['-k', releases[0] ?? ''];
    await root.run([writer, 'mktarball', label, '--binaries-only', ...at, '--archive', archive]);
    await forget();
    await root.run([ours, 'ldtarball', archive]);
    expect(await statuses()).toEqual([line(releases[0], 'built'), line(releases[0], 'built')]);
    await root.run([ours, 'install', label, ...at]);
    expect(await statuses()).toEqual([line(releases[0], 'installed'), line(releases[0], 'installed')]);
    await root.run([theirs, 'uninstall', label, ...at]);
    const other = await root.run([ours, 'build', label, '-k', releases[1] ?? ''], { allowFailure: true });
    expect(other).toMatchObject({ exitCode: 8, stderr: expect.stringContaining('holds nothing besides') });
    await root.run([ours, 'remove', label, '--all']);
    expect(await statuses()).toEqual(['', '']);
    expect(await root.exists('/var/lib/dkms/small')).toBe(false);
  });

  test('what is registered is loaded by force only, also over an installed module', async () => {
    await restore();
    await root.run([ours, 'mktarball', label, '--all', '--archive', archive]);
    await root.run([ours, 'install', label, '-k', releases[0] ?? '']);
    expect(await root.run([ours, 'ldtarball', archive], { allowFailure: true })).toMatchObject({
      exitCode: 8,
    });
    expect(await root.run([ours, 'add', archive], { allowFailure: true })).toMatchObject({ exitCode: 8 });
    await root.run([ours, 'ldtarball', archive, '--force']);
    const [first, second] = await statuses();
    expect(first).toContain(line(releases[0], 'installed'));
    expect(second).toBe(first);
    await root.run([ours, 'remove', label, '--all']);
  });

  test('a source as anybody packs it', async () => {
    await restore();
    await root.run([theirs, 'remove', label, '--all']);
    await shell('cd /srv && mv /usr/src/small-1.0 small-main && tar -czf main.tar.gz small-main');
    await root.run([ours, 'install', '/srv/main.tar.gz', '-k', releases[0] ?? '']);
    expect(await statuses()).toEqual([line(releases[0], 'installed'), line(releases[0], 'installed')]);
    expect(await root.run([ours, 'ldtarball', '/srv/main.tar.gz'], { allowFailure: true })).toMatchObject({
      exitCode: 3,
    });
    await root.run([ours, 'remove', label, '--all']);
  });

  test('nothing of an archive that reaches outside, or is none, though root loads it', async () => {
    await forget();
    const conf = conftext();
    const cases = [
      {
        members: [
          { name: 'dkms.conf', content: conf },
          { name: '/etc/evil', content: 'evil' },
        ],
        exitCode: 7,
      },
      {
        members: [
          { name: 'dkms.conf', content: conf },
          { name: 'l', type: '2', target: '/etc' },
          { name: 'l/evil' },
        ],
        exitCode: 7,
      },
      {
        members: [
          { name: 'dkms.conf', content: conf },
          { name: 'null', type: '3' },
        ],
        exitCode: 7,
      },
      { members: [{ name: 'README' }], exitCode: 3 },
    ];
    for (const { members, exitCode } of cases) {
      await root.write('/srv/evil.tar', tarBytes(members));
      const before = (await shell('find /etc /usr/src /var/lib/dkms /tmp | sort')).stdout;
      expect(await root.run([ours, 'ldtarball', '/srv/evil.tar'], { allowFailure: true })).toMatchObject({
        exitCode,
      });
      expect((await shell('find /etc /usr/src /var/lib/dkms /tmp | sort')).stdout).toBe(before);
    }
  });

  test('set-user-id bits, strange owners and open modes do not come through', async () => {
    await forget();
    await root.write(
      '/srv/modes.tar',
      tarBytes([
        { name: 'dkms.conf', content: conftext() },
        { name: 'run', mode: 0o6777 },
      ]),
    );
    await root.run([ours, 'ldtarball', '/srv/modes.tar']);
    expect((await root.run(['stat', '--format=%a %U', '/usr/src/small-1.0/run'])).stdout).toBe('755 root\n');
  });
});

function conftext(): string {
  return 'PACKAGE_NAME=small\nPACKAGE_VERSION=1.0\nBUILT_MODULE_NAME=small\nDEST_MODULE_LOCATION=/updates\n';
}

async function writeSource(root: TestRoot): Promise<void> {
  const folder = '/usr/src/small-1.0';
  const code = '#include <linux/module.h>\nMODULE_LICENSE("GPL");\nMODULE_VERSION("1.0");\n';
  await root.write(`${folder}/small.c`, code);
  await root.write(`${folder}/Makefile`, 'obj-m := small.o\n');
  await root.write(`${folder}/dkms.conf`, conftext());
  await root.run(['ln', '-s', 'small.c', `${folder}/alias.c`]);
}

/** All that a tree holds of the module, by content; the empty folder for builds is dkms's alone. */
async function contents(root: TestRoot): Promise<string> {
  const command = `cd / && find var/lib/dkms/small usr/src/small-1.0 -path '*/build' -prune -o \\( -type f -exec sha256sum {} + -o -type l -printf '%p %l\\n' \\) | sort -k2`;
  return (await root.run(['sh', '-c', command])).stdout;
}
