import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { addBuildUser, addHostile, attacks, bystanders, prepareAttacks } from '../support/attacks.ts';
import { readCorpus } from '../support/corpus.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

interface Way {
  readonly sandbox: 'auto' | 'require' | 'off';
  readonly enter?: 'pivot' | 'chroot';
  readonly without?: readonly string[];
}

/** Where what it says ends up: on the screen as a warning, and in the log of the build. */
const confSaying = (said: string) => `said=$( ${said} )
PACKAGE_NAME="<$said>"
PACKAGE_VERSION=1
AUTOINSTALL=yes
BUILT_MODULE_NAME=hostile
DEST_MODULE_LOCATION=/updates
MAKE="echo '<$said>'; make kernel_source_dir=$kernel_source_dir"
`;

const tries = Object.values(attacks).map(({ script }) => `( ${script} ) 2>&1`);
const conf = confSaying(`{\n${tries.join('\n')}\n} | base64 --wrap=0`);

describe('a dkms.conf', () => {
  let root: TestRoot;
  let release: string;

  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    root = await openRoot('trixie-sandbox-thin');
    release = (await readCorpus(root)).kernels['6.12'];
    await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
    await root.run(['dpkg', '--install', '/srv/kmodsmith.deb']);
    await addBuildUser(root, 61002);
    await prepareAttacks(root);
    // Each kernel is one more time that all of it is tried.
    const others = `for one in /lib/modules/*; do [ "$one" = "/lib/modules/$0" ] || rm -rf "$one"; done`;
    await root.run(['bash', '-c', others, release]);
  });
  afterAll(() => root?.dispose());

  async function runScript(script: string, { sandbox, enter, without = [] }: Way) {
    await root.write('/etc/kmodsmith/policy.d/10.toml', `sandbox = '${sandbox}'\n`);
    const hide = without.map((program) => `mount --bind /dev/null /usr/bin/${program}\n`).join('');
    const options = { allowFailure: true, ...(enter && { enter }) };
    const result = await root.run(['bash', '-c', hide + script, 'test', release], options);
    return { ...result, said: result.stdout + result.stderr };
  }

  const ways: readonly (Way & { how: string; holds: boolean })[] = [
    { how: 'sandboxed by bubblewrap', sandbox: 'require', holds: true },
    { how: 'sandboxed without bubblewrap', sandbox: 'require', without: ['bwrap'], holds: true },
    { how: 'sandboxed in a plain chroot', sandbox: 'auto', enter: 'chroot', holds: true },
    { how: 'unsandboxed', sandbox: 'off', holds: false },
  ];
  const verbs = {
    add: 'kmodsmith add hostile/1',
    status: 'kmodsmith status',
    run: 'kmodsmith run',
    install: 'kmodsmith install hostile/1 -k "$1"',
  };

  describe.each(ways)('$how', (way) => {
    test.each(Object.entries(verbs))('is confined, or is not, by %s', async (verb, command) => {
      await addHostile(root, { conf });
      const looks = Object.entries(attacks).map(
        ([name, { worked }]) => `[ -z "$(${worked})" ] || echo ${JSON.stringify(`WORKED: ${name}`)}`,
      );
      const script = `${bystanders}
rm -rf /var/lib/dkms/hostile /lib/modules/*/updates/dkms/hostile.ko*
[ ${verb} = add ] || ( cd /usr/src/hostile-1; sed -n '/^AUTOINSTALL/,$p' dkms.conf >../kept; mv dkms.conf ../full
  { echo PACKAGE_NAME=hostile; echo PACKAGE_VERSION=1; cat ../kept; } >dkms.conf; kmodsmith add hostile/1; mv ../full dkms.conf ) >&2
( cd /; ${command} ) >/srv/output 2>&1
echo "status $?"; cat /srv/output >&2
LOG=/srv/log
cat /srv/output /var/lib/dkms/hostile/1/"$1"/x86_64/log/make.log 2>/dev/null | grep -o '<[A-Za-z0-9+/=]*>' | head -n 1 | tr -d '<>' | base64 -d >$LOG
cat $LOG >&2
${looks.join('\n')}
find /var/lib/dkms/hostile -name hostile.ko\\* | grep -q . && echo BUILT
chmod u-s /usr/bin/true; find / -xdev -name loot -delete 2>/dev/null; exit 0`;
      const result = await runScript(script, way);
      const worked = [...result.stdout.matchAll(/^WORKED: (.*)$/gm)].map(([, name]) => name);
      expect(result.stdout, result.said).toContain('status 0\n');
      expect(result.said).not.toContain('without a sandbox');
      expect(worked, result.said).toEqual(way.holds ? [] : Object.keys(attacks));
      expect(result.stdout.includes('BUILT')).toBe(['run', 'install'].includes(verb));
    });
  });

  /** As where there can be no sandbox: in containers without rights. */
  const bare = 'kmodsmith() { setpriv --bounding-set=-sys_admin -- /usr/bin/kmodsmith "$@"; }';
  const harmless = confSaying('id -u');

  test("'auto' evaluates it without a sandbox where there can be none, and says so once", async () => {
    await addHostile(root, { conf: harmless });
    const result = await runScript(`${bare}\nkmodsmith add hostile/1\nkmodsmith status`, { sandbox: 'auto' });
    expect(result.exitCode, result.said).toBe(0);
    expect(result.said).toContain("PACKAGE_NAME is '<0>'");
    expect(
      result.said.match(/dkms.conf files are evaluated without a sandbox: .*not permitted/g),
    ).toHaveLength(2);
  });

  test("'require' makes an error of it there, and removes the module all the same", async () => {
    await addHostile(root, { conf: harmless });
    const script = `kmodsmith add hostile/1
${bare}
kmodsmith status hostile; kmodsmith install hostile/1 -k "$1"; echo "status $?"; kmodsmith remove hostile/1`;
    const result = await runScript(script, { sandbox: 'require' });
    expect(result.exitCode, result.said).toBe(0);
    expect(result.said).toMatch(/dkms.conf cannot be evaluated in a sandbox: .*not permitted/);
    expect(result.stdout).toContain('status 4');
    expect(await root.list('/var/lib/dkms')).not.toContain('hostile');
  });

  test('is read where the user of the sandbox may not go', async () => {
    await addHostile(root, { conf: harmless });
    const script =
      'chmod 700 /usr/src/hostile-1; kmodsmith add hostile/1 && kmodsmith install hostile/1 -k "$1"';
    const result = await runScript(script, { sandbox: 'require' });
    expect(result.exitCode, result.said).toBe(0);
    expect(result.said).toMatch(/PACKAGE_NAME is '<[1-9]\d*>'/);
    expect(result.said).toContain('the user of the sandbox cannot read /usr/src/hostile-1/dkms.conf');
  });
});
