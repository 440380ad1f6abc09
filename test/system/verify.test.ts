import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Corpus, readCorpus } from '../support/corpus.ts';
import { isWhole, sample } from '../support/extent.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

interface Toy {
  readonly name: string;
  readonly version?: string;
  /** What its dkms.conf says besides. */
  readonly conf?: string;
  readonly code: string;
}

const begin = (body: string) =>
  `static int __init begin(void) { ${body} }\nstatic void __exit end(void) {}\nmodule_init(begin);\nmodule_exit(end);`;

describe('a Debian with real kernels', () => {
  let root: TestRoot;
  let corpus: Corpus;
  let release: string;

  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    root = await openRoot('trixie-corpus-thin');
    await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
    await root.run(['dpkg', '--install', '/srv/kmodsmith.deb']);
    corpus = await readCorpus(root);
    release = corpus.kernels['6.12'];
  });
  afterAll(() => root?.dispose());

  const kmodsmith = (...argv: string[]) => root.run(['kmodsmith', ...argv], { allowFailure: true });
  const install = (label: string, ...options: string[]) =>
    kmodsmith('install', label, '-k', release, ...options);
  const verify = (...argv: string[]) => kmodsmith('verify', ...argv);
  const place = (name: string) => `/lib/modules/${release}/updates/dkms/${name}.ko.xz`;
  const headers = (kernel: keyof Corpus['kernels']) => `/usr/src/linux-headers-${corpus.kernels[kernel]}`;

  async function addToy({ name, version = '1', conf = '', code }: Toy): Promise<string> {
    const folder = `/usr/src/${name}-${version}`;
    const names = `PACKAGE_NAME=${name}\nPACKAGE_VERSION=${version}\nBUILT_MODULE_NAME=${name}\n`;
    await root.write(`${folder}/dkms.conf`, `${names}DEST_MODULE_LOCATION=/updates\n${conf}`);
    await root.write(`${folder}/Makefile`, `obj-m := ${name}.o\n`);
    await root.write(`${folder}/${name}.c`, `#include <linux/module.h>\n${code}\nMODULE_LICENSE("GPL");\n`);
    await root.run(['kmodsmith', 'add', `${name}/${version}`]);
    return `${name}/${version}`;
  }

  describe('with real module packages', () => {
    const packages = sample(['v4l2loopback-dkms', 'evdi-dkms'], 1);
    test.each(packages)('%s is as its kernels want it', async (package_) => {
      const { name = '', moduleVersion = '' } = corpus.packages[package_] ?? {};
      const label = `${name}/${moduleVersion}`;
      await root.run(['kmodsmith', 'add', label]);
      const wanted = [release, corpus.kernels['6.12-rt']];
      const kernels = wanted.flatMap((kernel) => ['-k', kernel]);
      const { exitCode, stdout, stderr } = await kmodsmith('install', label, ...kernels);
      expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0 });
      const found = await verify(label, '--json');
      const { kernels: looked, files } = JSON.parse(found.stdout);
      expect(looked).toEqual([...wanted].sort().map((kernel) => ({ release: kernel, symbols: 'checked' })));
      expect(files.map((file: { findings: unknown }) => file.findings)).toEqual([[], []]);
      expect(found.exitCode).toBe(0);
    });

    test('a small one is as every kernel wants it', async () => {
      const label = await addToy({ name: 'small', code: begin('pr_info("small"); return 0;') });
      const releases = Object.values(corpus.kernels).sort();
      for (const one of releases)
        expect(await kmodsmith('install', label, '-k', one)).toMatchObject({ exitCode: 0 });
      const { kernels, files } = JSON.parse((await verify('small', '--json')).stdout);
      expect(kernels).toEqual(releases.map((one) => ({ release: one, symbols: 'checked' })));
      expect(files.flatMap((file: { findings: unknown[] }) => file.findings)).toEqual([]);
      await kmodsmith('remove', label);
    });

    test('all of them at once are in order, for anybody who asks', async () => {
      const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
      const { stdout, exitCode } = await root.run([...nobody, 'kmodsmith', 'verify'], { allowFailure: true });
      const files = 2 * packages.length;
      expect(stdout).toMatch(new RegExp(`^${files} module files for 2 kernels: all in order\\.$`, 'm'));
      expect(exitCode).toBe(0);
    });
  });

  describe('a module that was compiled against', () => {
    // Linux has another version of what stands behind this in every flavour.
    const code = `static int values[2];\nmodule_param_array(values, int, NULL, 0);\n${begin('return values[0];')}`;

    /** The headers of another flavour, which say that they are those of the kernel. */
    async function disguise(kernel: '6.12-cloud' | '6.12'): Promise<string> {
      const copy = `/srv/disguised-${kernel}`;
      const script = `cp -a "$1" "$2" && grep -rlF "$3" "$2/include/generated" "$2/include/config" | xargs sed -i "s/$3/$4/g"`;
      await root.run(['sh', '-c', script, 'x', headers(kernel), copy, corpus.kernels[kernel], release]);
      return copy;
    }

    test("the kernel's own headers is kept, and what comes after it is refused", async () => {
      const label = await addToy({ name: 'flavour', code });
      expect(await install(label)).toMatchObject({ exitCode: 0 });
      const before = await root.readBytes(place('flavour'));

      const cloud = await disguise('6.12-cloud');
      await root.write('/etc/dkms/flavour.conf', `MAKE="make -C ${cloud} M=$dkms_tree/flavour/1/build"\n`);
      const { exitCode, stdout } = await install(label, '--rebuild');
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(
        /failed: flavour 1 for \S+: flavour\.ko needs other versions of symbols than there are, .*: \w+ \(it wants 0x[0-9a-f]{8}, the kernel has 0x[0-9a-f]{8}\)/,
      );
      expect(stdout).toContain("It was built against another kernel's headers");
      expect(await root.readBytes(place('flavour'))).toEqual(before);
      expect((await verify('flavour')).stdout).toContain('all in order');
    });

    test('those of a kernel that preempts in another way is refused', async () => {
      const label = await addToy({ name: 'preempted', code });
      const preempted = await disguise('6.12');
      await root.run([
        'sed',
        '-i',
        '/define CONFIG_PREEMPT_BUILD /d',
        `${preempted}/include/generated/autoconf.h`,
      ]);
      const make = `MAKE="make -C ${preempted} M=$dkms_tree/preempted/1/build"\n`;
      await root.write('/etc/dkms/preempted.conf', make);
      const { exitCode, stdout } = await install(label);
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(
        /preempted\.ko says '\S+ SMP mod_unload modversions', the kernel's own modules say '\S+ SMP preempt mod_unload modversions'/,
      );
    });
  });

  test('a module whose symbols nobody exports is refused', async () => {
    const conf = `MAKE="make -C $kernel_source_dir M=$dkms_tree/lost/1/build KBUILD_MODPOST_WARN=1"\n`;
    const code = `int nobody_exports_this(void);\n${begin('return nobody_exports_this();')}`;
    const { exitCode, stdout } = await install(await addToy({ name: 'lost', conf, code }));
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/failed: lost 1 for .*: lost\.ko needs symbols .*: nobody_exports_this$/m);
    expect(await root.exists(place('lost'))).toBe(false);
  });

  if (isWhole)
    describe('a module that depends on another one', () => {
      const base = (version: string, type: string): Toy => ({
        ...{ name: 'base', version },
        code: `${type} base_answer(void);\n${type} base_answer(void) { return 42; }\nEXPORT_SYMBOL_GPL(base_answer);`,
      });
      const addon: Toy = {
        name: 'addon',
        conf: `BUILD_DEPENDS=base
MAKE="make -C $kernel_source_dir M=$dkms_tree/addon/1/build \
KBUILD_EXTRA_SYMBOLS=$(echo $dkms_tree/base/kernel-$kernelver-$arch/module/Module.symvers)"\n`,
        code: `int base_answer(void);\n${begin('return base_answer() == 42 ? 0 : -EINVAL;')}`,
      };

      test('is in order until the other one exports something else', async () => {
        for (const label of [await addToy(base('1', 'int')), await addToy(addon)])
          expect(await install(label)).toMatchObject({ exitCode: 0 });
        expect((await verify('addon')).stdout).toContain('all in order');

        expect(await install(await addToy(base('2', 'long')))).toMatchObject({ exitCode: 0 });
        for (const argv of [['addon'], []]) {
          const { exitCode, stdout } = await verify(...argv);
          expect(exitCode).toBe(1);
          expect(stdout).toMatch(
            /addon 1 for \S+: addon\.ko needs other versions of symbols .*: base_answer \(it wants 0x\w{8}, base\.ko has 0x\w{8}\)/,
          );
          expect(stdout).toContain(`kmodsmith install addon/1 -k ${release} --rebuild`);
        }

        expect(await install('addon/1', '--rebuild')).toMatchObject({ exitCode: 0 });
        expect((await verify('addon')).stdout).toContain('all in order');
      });

      test('misses the other one once that is gone', async () => {
        for (const version of ['1', '2']) await kmodsmith('remove', `base/${version}`);
        const { exitCode, stdout } = await verify('addon', '-k', release);
        expect(exitCode).toBe(1);
        expect(stdout).toMatch(/addon\.ko needs symbols that neither .*: base_answer$/m);
        await kmodsmith('remove', 'addon/1');
      });
    });

  describe('an installed file', () => {
    beforeAll(async () => {
      if (inject('testBedMissing') !== '') return;
      await install(await addToy({ name: 'plain', code: begin('return 0;') }));
    });
    const spoil = (script: string) => root.run(['sh', '-c', script, 'spoil', place('plain'), release]);
    const mend = async (told: string) => {
      expect(told).toContain('\n  Put back what was installed: kmodsmith repair\n');
      expect(await kmodsmith('repair')).toMatchObject({ exitCode: 0 });
      expect(await verify('plain')).toMatchObject({ exitCode: 0 });
    };

    test('that is cut off is found, and mended as told', async () => {
      await spoil('truncate -s 1000 "$1"');
      const { exitCode, stdout } = await verify('plain');
      expect(exitCode).toBe(1);
      expect(stdout).toContain(
        `plain 1 for ${release}: ${place('plain')} is not what was installed: it has 1000 bytes instead of `,
      );
      await mend(stdout);
    });

    test('that is gone is found, and put back as told', async () => {
      await spoil('rm "$1"');
      const { exitCode, stdout } = await verify('plain');
      expect(exitCode).toBe(1);
      expect(stdout).toContain(`${place('plain')} is missing\n`);
      await mend(stdout);
    });

    test('that somebody has signed or compressed since is in order', async () => {
      await spoil('xz -d "$1" && xz -1 /lib/modules/"$2"/updates/dkms/plain.ko');
      expect(await verify('plain')).toMatchObject({ exitCode: 0 });
    });

    test('that modprobe does not find is found', async () => {
      await spoil('sed -i /plain/d "/lib/modules/$2/modules.dep"');
      const { exitCode, stdout } = await verify('plain');
      expect(exitCode).toBe(1);
      expect(stdout).toContain('modules.dep does not list it\n');
      await spoil('depmod "$2"');
      expect(await verify('plain')).toMatchObject({ exitCode: 0 });
    });

    test('of a kernel without headers is looked at as far as it goes', async () => {
      await spoil('mv "/lib/modules/$2/build" /srv/build');
      const { exitCode, stdout } = await verify('plain');
      await spoil('mv /srv/build "/lib/modules/$2/build"');
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`note: the headers of ${release} are not installed, so the symbols`);
    });
  });
});
