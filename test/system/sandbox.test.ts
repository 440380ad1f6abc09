import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import {
  addBuildUser,
  addHostile,
  attacks,
  bystanders,
  type Hostile,
  prepareAttacks,
} from '../support/attacks.ts';
import { readCorpus } from '../support/corpus.ts';
import { sample } from '../support/extent.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

interface Way {
  /** What the policy says. */
  readonly sandbox: 'auto' | 'require' | 'off';
  /** How the root is entered: a plain chroot(2) is what package builds and image builds are in. */
  readonly enter?: 'pivot' | 'chroot';
  readonly without?: readonly string[];
}

/** A machine with real headers, on which everything is tried. */
describe('a build', () => {
  let root: TestRoot;
  let release: string;
  let packages: Awaited<ReturnType<typeof readCorpus>>['packages'];

  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    root = await openRoot('trixie-sandbox-thin');
    const corpus = await readCorpus(root);
    packages = corpus.packages;
    release = corpus.kernels['6.12'];
    await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
    await root.run(['dpkg', '--install', '/srv/kmodsmith.deb']);
    await addBuildUser(root, 61001);
    await prepareAttacks(root);
  });
  afterAll(() => root?.dispose());

  /** Builds as the way says; `script` runs before, `after` afterwards, among the same processes. */
  async function build(label: string, way: Way, { before = ':', after = ':' } = {}) {
    await root.write('/etc/kmodsmith/policy.d/10.toml', `sandbox = '${way.sandbox}'\n`);
    const hide = (way.without ?? []).map((program) => `mount --bind /dev/null /usr/bin/${program}`);
    const script = `${hide.join('\n')}
${before}
kmodsmith build "$1" -k "$2" --rebuild
status=$?
LOG=/var/lib/dkms/\${1}/"$2"/x86_64/log/make.log
[ -e "$LOG" ] || LOG=$(ls -d /var/lib/kmodsmith/logs/\${1}/"$2"/x86_64/*.log | tail -n 1)
${after}
exit $status`;
    const argv = ['bash', '-c', script, 'build', label, release];
    const options = { allowFailure: true, ...(way.enter && { enter: way.enter }) };
    const result = await root.run(argv, options);
    return { ...result, said: result.stdout + result.stderr };
  }

  /** `tried` are the takings of a sample. */
  const ways: readonly (Way & { how: string; holds: boolean; tried: number })[] = [
    { how: 'sandboxed by bubblewrap', sandbox: 'require', holds: true, tried: 4 },
    { how: 'sandboxed without bubblewrap', sandbox: 'require', without: ['bwrap'], holds: true, tried: 1 },
    { how: 'sandboxed in a plain chroot', sandbox: 'require', enter: 'chroot', holds: true, tried: 0 },
    { how: 'unsandboxed', sandbox: 'off', holds: false, tried: 1 },
  ];

  describe.each(ways)('$how', (way) => {
    test('is confined, or is not: everything that a script of it tries', async () => {
      const tries = Object.values(attacks).map(({ script }) => `( ${script} ) 2>&1`);
      await addHostile(root, { preBuild: tries.join('\n') });
      const looks = Object.entries(attacks).map(
        ([name, { worked }]) => `[ -z "$(${worked})" ] || echo ${JSON.stringify(`WORKED: ${name}`)}`,
      );
      const undo = 'chmod u-s /usr/bin/true; find / -xdev -name loot -delete 2>/dev/null';
      const result = await build('hostile/1', way, {
        before: bystanders,
        after: [...looks, undo].join('\n'),
      });
      const worked = [...result.stdout.matchAll(/^WORKED: (.*)$/gm)].map(([, name]) => name);
      expect(result.exitCode, result.said).toBe(0);
      expect(worked).toEqual(way.holds ? [] : Object.keys(attacks));
    });

    const foreign = '/root/foreign.ko';
    const takings: Record<string, { hostile: Hostile; says: string }> = {
      'a module that is a link out of the build folder': {
        hostile: { after: `ln -sf ${foreign} hostile.ko` },
        says: 'it leads out of the build folder',
      },
      'a module in a folder that is a link': {
        hostile: {
          directives: 'BUILT_MODULE_LOCATION=out',
          after: 'rm -f out; ln -s /root out; :',
        },
        says: 'it leads out of the build folder',
      },
      'symbols that are a link out of the build folder': {
        hostile: { after: 'ln -sf /etc/shadow Module.symvers' },
        says: 'it leads out of the build folder',
      },
      'a fifo': {
        hostile: { after: 'rm hostile.ko; mkfifo hostile.ko' },
        says: 'it is no regular file',
      },
    };

    test.each(sample(Object.entries(takings), way.tried))(
      'takes or leaves %s',
      async (what, { hostile, says }) => {
        await addHostile(root, hostile);
        const make = `cp $(find /lib/modules/*/kernel -name loop.ko.xz | head -n 1) /root/f.ko.xz; xz -dkf /root/f.ko.xz
mv /root/f.ko ${foreign}; cp ${foreign} /root/hostile.ko; chmod 600 /root/*.ko; rm /root/f.ko.xz`;
        const result = await build('hostile/1', way, { before: make });
        if (way.holds || what === 'a fifo') expect(result.exitCode, result.said).toBe(1);
        if (way.holds) expect(result.said).toContain(says);
        else if (what !== 'a fifo') expect(result.said).not.toContain(says);
      },
    );

    test('does in POST_BUILD what real packages do: leaves files with the result', async () => {
      const copies = `cp hostile.c $1/for-others.h && cp hostile.c $1/module/Module.symvers`;
      const more = `echo forged >$1/provenance.json; ln -s /etc/shadow $1/secrets`;
      await addHostile(root, { postBuild: `${copies}; ${more}` });
      const after = `cd /var/lib/dkms/hostile/1/${release}/x86_64 && cat for-others.h module/Module.symvers; head -c 9 provenance.json
[ -e secrets ] && echo they are there; ls -ld for-others.h`;
      const built = await build('hostile/1', way, { after });
      expect(built.exitCode, built.said).toBe(0);
      expect(built.stdout.match(/linux\/module.h/g)).toHaveLength(2);
      expect(built.stdout).toContain(way.holds ? '{"version' : 'forged');
      expect(built.stdout.includes('they are there')).toBe(!way.holds);
      expect(built.stdout).toMatch(/root root .* for-others.h/);
      // A sandboxed build leaves the folder that it was seen in, empty as after add.
      const left = (await root.list('/var/lib/dkms/hostile/1')).filter((name) => name !== 'build');
      expect(left).toEqual([release, 'source']);
    });
  });

  const compared = [
    { name: 'acpi-call-dkms', where: ways },
    { name: 'v4l2loopback-dkms', where: ways },
    { name: 'evdi-dkms', where: [ways[0], ways[3]] },
    { name: 'apfs-dkms', where: [ways[0], ways[3]] },
  ] as { name: string; where: Way[] }[];
  test.each(sample(compared, 1))(
    'of the real $name is the same in a sandbox, byte by byte',
    async ({ name, where }) => {
      const { name: module = '', moduleVersion = '' } = packages[name] ?? {};
      await root.run(['kmodsmith', 'add', `${module}/${moduleVersion}`]);
      const label = `${module}/${moduleVersion}`;
      const sums: string[] = [];
      for (const way of where) {
        const after = `cd /var/lib/dkms/${label}/${release}/x86_64/module && sha256sum *.ko*; ls -l | tail -n +2`;
        const { exitCode, stdout, said } = await build(label, way, { after });
        expect(exitCode, said).toBe(0);
        expect(said).not.toContain('without a sandbox');
        sums.push([...stdout.matchAll(/^[0-9a-f]{64} .*$|^-rw-r--r-- 1 root root/gm)].map(String).join('\n'));
      }
      expect(sums[0]).toMatch(/^[0-9a-f]{64} .*\.ko/);
      expect(new Set(sums).size, sums.join('\n')).toBe(1);
    },
  );

  /** As where builds run in containers without rights. */
  const bare = 'kmodsmith() { setpriv --bounding-set=-sys_admin -- /usr/bin/kmodsmith "$@"; }';

  test("'require' fails where there can be no sandbox, and says what to do", async () => {
    const plain = 'PACKAGE_NAME=hostile\nPACKAGE_VERSION=1\nDEST_MODULE_LOCATION=/updates\n';
    await addHostile(root, { conf: plain });
    await root.run(['kmodsmith', 'add', 'hostile/1']);
    const result = await build('hostile/1', { sandbox: 'require' }, { before: bare });
    expect(result.exitCode, result.said).toBe(1);
    expect(result.said).toMatch(/modules for \S+ cannot be built in a sandbox: .*not permitted/);
    expect(result.said).toContain('Install bubblewrap');
    await addHostile(root, {});
    const unread = await build('hostile/1', { sandbox: 'require' }, { before: bare });
    expect(unread.exitCode).toBe(4);
    expect(unread.said).toMatch(/dkms.conf cannot be evaluated in a sandbox: .*not permitted/);
  });

  test("'auto' goes on without, and says so once", async () => {
    await addHostile(root, { preBuild: 'touch /etc/loot' });
    const after = 'ls /etc/loot; rm /etc/loot';
    const result = await build('hostile/1', { sandbox: 'auto' }, { before: bare, after });
    expect(result.exitCode, result.said).toBe(0);
    expect(result.said.match(/modules are built without a sandbox: /g)).toHaveLength(1);
    expect(result.stdout).toContain('/etc/loot');
  });

  test("'auto' is a sandbox where there can be one", async () => {
    await addHostile(root, { preBuild: 'touch /etc/loot' });
    const result = await build('hostile/1', { sandbox: 'auto' }, { after: 'ls /etc/loot' });
    expect(result.exitCode, result.said).toBe(0);
    expect(result.said).not.toContain('without a sandbox');
    expect(result.stdout).not.toContain('/etc/loot');
  });
});
