import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { readCorpus } from '../support/corpus.ts';
import { sample } from '../support/extent.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

/** Modules whose files each take the compiler a while, so that what runs at the same time can be seen. */
const heavy = (name: string) => `
mkdir -p /usr/src/${name}-1
cd /usr/src/${name}-1
printf 'PACKAGE_NAME=${name}\\nPACKAGE_VERSION=1\\nBUILT_MODULE_NAME[0]=${name}\\nDEST_MODULE_LOCATION[0]=/updates\\nAUTOINSTALL=yes\\n' >dkms.conf
files=
for i in 1 2 3 4; do
  { echo '#include <linux/module.h>'; for j in $(seq 200); do echo "int ${name}_\${i}_$j(int x) { return x * $j % (x + $j | 1); }"; done; } >part$i.c
  files="$files part$i.o"
done
printf '#include <linux/module.h>\\nMODULE_LICENSE("GPL");\\n' >main.c
echo "obj-m := ${name}.o" >Makefile
echo "${name}-y := main.o$files" >>Makefile
kmodsmith add ${name}/1 >/dev/null
`;

/** A line for each moment: how many compilers there are, then the builds that they are of. */
const watch = `( while sleep 0.02; do
  echo "$(pgrep -xc cc1) $(for pid in $(pgrep -x cc1); do tr '\\0' '\\n' </proc/$pid/environ 2>/dev/null | sed -n 's/^KMODSMITH_BUILD=//p'; done | sort -u | tr '\\n' ' ')"
done >/tmp/seen ) &
watcher=$!`;

interface Moment {
  readonly compilers: number;
  readonly folders: readonly string[];
}

describe('builds of a plan', () => {
  let root: TestRoot;
  let releases: string[];

  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    root = await openRoot('trixie-sandbox-thin');
    const { kernels } = await readCorpus(root);
    releases = [kernels['6.12'], kernels['6.12-rt']];
    await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
    await root.run(['dpkg', '--install', '/srv/kmodsmith.deb']);
    await root.run(['bash', '-ec', `${heavy('alpha')}\n${heavy('beta')}`]);
    await root.write('/etc/kmodsmith/policy.d/10.toml', "initramfs = 'never'\n");
  });
  afterAll(() => root?.dispose());

  const kernels = () => releases.flatMap((release) => ['-k', release]);
  const run = (script: string) =>
    root.run(['bash', '-c', script, 'run', ...kernels()], { allowFailure: true });

  async function moments(): Promise<Moment[]> {
    const lines = (await root.read('/tmp/seen')).trim().split('\n');
    return lines.map((line) => {
      const [count = '', ...folders] = line.trim().split(' ');
      return { compilers: Number(count), folders };
    });
  }

  const left = 'find /var/lib/dkms -name ".build-*" -o -name ".tmp_*"; ls /var/lib/kmodsmith';

  test.each(sample([3, 1], 1))('run side by side, and have %i compilers together', async (jobs) => {
    const script = `kmodsmith discard --all-autoinstall "$@" >/dev/null\n${watch}
kmodsmith autoinstall -j ${jobs} "$@" || exit
kill $watcher
${left}`;
    const { exitCode, stdout, stderr } = await run(script);
    expect(exitCode, stdout + stderr).toBe(0);
    const seen = await moments();
    expect(Math.max(...seen.map(({ compilers }) => compilers))).toBe(jobs);
    const together = seen.filter(({ folders }) => folders.length > 1);
    if (jobs === 1) expect(together).toEqual([]);
    else {
      // Those of one module for two kernels, too.
      const modules = together.map(({ folders }) => folders.map((folder) => folder.split('/')[4]));
      expect(modules.some((names) => new Set(names).size < names.length)).toBe(true);
    }
    expect(stdout).not.toContain('.build-');
    expect(stdout).not.toContain('jobserver');
    for (const name of ['alpha', 'beta'])
      for (const release of releases) {
        const path = `/lib/modules/${release}/updates/dkms/${name}.ko.xz`;
        const { stdout: magic } = await root.run(['modinfo', '-F', 'vermagic', path]);
        expect(magic.split(' ')[0]).toBe(release);
      }
  });

  test('take turns where no sandbox gives each a folder of its own', async () => {
    const script = `kmodsmith discard --all-autoinstall "$@" >/dev/null
printf "sandbox = 'off'\\n" >/etc/kmodsmith/policy.d/20.toml\n${watch}
kmodsmith autoinstall -j 3 "$@"; status=$?
kill $watcher; rm /etc/kmodsmith/policy.d/20.toml
exit $status`;
    const { exitCode, stdout, stderr } = await run(script);
    expect(exitCode, stdout + stderr).toBe(0);
    const seen = await moments();
    expect(Math.max(...seen.map(({ compilers }) => compilers))).toBeLessThanOrEqual(3);
    expect(seen.some(({ folders }) => folders.length === 2)).toBe(true);
    expect(seen.flatMap(({ folders }) => folders).every((folder) => folder.endsWith('/1/build'))).toBe(true);
  });

  test.each(sample(['TERM', 'INT'], 1))('end within a second of SIG%s, and leave nothing', async (signal) => {
    const script = `kmodsmith discard --all-autoinstall "$@" >/dev/null
kmodsmith autoinstall "$@" >/tmp/out 2>&1 &
engine=$!
for i in $(seq 1000); do seen=$(pgrep -xc cc1); [ "$seen" -lt 2 ] || break; sleep 0.02; done
echo "$seen"
begin=$(date +%s%3N)
kill -${signal} $engine; wait $engine; echo "status $?"
while pgrep -x 'cc1|make|bwrap|bash' | grep -vx "$$" >/dev/null; do sleep 0.01; done
echo "took $(($(date +%s%3N) - begin))"
find /var/lib/dkms /lib/modules -name '.build-*' -o -name '.tmp_*' -o -name '.kmodsmith-*'
kmodsmith autoinstall "$@" >/dev/null 2>&1 && kmodsmith status`;
    const { stdout } = await run(script);
    const [compilers, status, took, ...rest] = stdout.trim().split('\n');
    expect(Number(compilers)).toBeGreaterThan(1);
    expect(status).toBe(signal === 'TERM' ? 'status 143' : 'status 130');
    expect(Number(took?.replace('took ', ''))).toBeLessThan(1000);
    expect(rest).toHaveLength(4);
    for (const line of rest) expect(line).toContain(': installed (autoinstall)');
  });

  test('ask the kernel’s compiler first, and name its package when it is missing', async () => {
    const [release = ''] = releases;
    const conf = `/usr/src/linux-headers-${release}/include/config/auto.conf`;
    // kbuild makes anew what is older than its config.
    const change = `cp -p ${conf} /srv/auto.conf
sed -i -e 's/^CONFIG_CC_VERSION_TEXT=.*/CONFIG_CC_VERSION_TEXT=gcc-77 (Debian) 77.1.0/' \
  -e 's/^CONFIG_GCC_VERSION=.*/CONFIG_GCC_VERSION=770100/' ${conf}
touch -r /srv/auto.conf ${conf}`;
    await root.run(['sh', '-ec', change]);
    const failed = await run(`kmodsmith install alpha/1 -k ${release} --rebuild`);
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout + failed.stderr).toContain(
      `modules for ${release} cannot be built: gcc 77, by which the kernel was built, is not installed`,
    );
    expect(failed.stdout + failed.stderr).toContain('Install the package gcc-77.');
    await root.write('/etc/kmodsmith/policy.d/20.toml', "compiler = 'any'\n");
    const built = await run(`kmodsmith install alpha/1 -k ${release} --rebuild`);
    expect(built.exitCode, built.stdout + built.stderr).toBe(0);
    await root.run(['sh', '-ec', `mv /srv/auto.conf ${conf}; rm /etc/kmodsmith/policy.d/20.toml`]);
  });

  test('that ask for the running kernel are for the right one', async () => {
    const script = `mkdir -p /usr/src/sloppy-1 && cd /usr/src/sloppy-1
printf 'PACKAGE_NAME=sloppy\\nPACKAGE_VERSION=1\\nBUILT_MODULE_NAME[0]=sloppy\\nDEST_MODULE_LOCATION[0]=/updates\\nMAKE="make all"\\n' >dkms.conf
printf '#include <linux/module.h>\\nMODULE_LICENSE("GPL");\\n' >sloppy.c
printf 'obj-m := sloppy.o\\nall:\\n\\t$(MAKE) -C /lib/modules/$(shell uname -r)/build M=$(CURDIR) modules\\n' >Makefile
kmodsmith add sloppy/1 && kmodsmith install sloppy/1 "$@" && modinfo -F vermagic /lib/modules/*/updates/dkms/sloppy.ko.xz`;
    const { stdout, stderr, exitCode } = await run(script);
    expect(exitCode, stdout + stderr).toBe(0);
    const magics = stdout.trim().split('\n').slice(-2);
    expect(magics.map((line) => line.split(' ')[0])).toEqual([...releases].sort());
  });
});
