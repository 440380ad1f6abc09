import { beforeEach, expect, test } from 'vitest';
import { openBenchMachine } from '../support/bench/machine.ts';
import { registerSmallModules } from '../support/bench/small-modules.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

/** A compiler that keeps a list, in the build folder of the module that it is called for. */
const compiler = 'x86_64-linux-gnu-gcc-14';
const countingCompiler = `#!/bin/sh
/usr/bin/${compiler} "$@"
status=$?
[ -z "$module" ] || echo "$status $*" >>"/var/lib/dkms/$module/$module_version/build/calls"
exit "$status"
`;

/** Asks for an option that there is and for one that there is not, and says how often the compiler was called for what. */
const registerAsker = `mkdir -p /usr/src/z-asker-1 /var/lib/dkms/z-asker/1
cd /usr/src/z-asker-1
ln -s "$PWD" /var/lib/dkms/z-asker/1/source
printf '%s\\n' PACKAGE_NAME=z-asker PACKAGE_VERSION=1 BUILT_MODULE_NAME=z-asker DEST_MODULE_LOCATION=/updates AUTOINSTALL=yes \\
  'MAKE="make -C $kernel_source_dir M=$dkms_tree/z-asker/1/build && sh $dkms_tree/z-asker/1/build/count"' >dkms.conf
echo 'cd "\${0%/*}" && echo "took $(grep -c "^0 .*/dev/null" calls), refused $(grep -c "^[1-9].*/dev/null" calls), compiled $(grep -c module-common.c calls), quick $(grep -c -- "-ftrack-macro-expansion=0 .*[ /]z-asker[.]c" calls)"' >count
printf '%s\\n' 'obj-m := z-asker.o' 'ccflags-y := $(call cc-option,-fno-such-option,-DNO_SUCH_OPTION) $(call cc-option,-fno-builtin-strlen,-DNO_BUILTIN_STRLEN)' >Makefile
printf '%s\\n' '#include <linux/module.h>' '#ifndef NO_SUCH_OPTION' '#error -fno-such-option' '#endif' '#ifdef NO_BUILTIN_STRLEN' '#error -fno-builtin-strlen' \\
  '#endif' 'MODULE_LICENSE("GPL");' >z-asker.c`;

test.each([
  { label: '6.12', moreThan: 30, compiled: '0' },
  // Its rule for the object that all modules have is another one: it stays kbuild's.
  { label: '7', moreThan: 15, compiled: '1' },
] as const)(
  'what kbuild $label finds the same for every module it finds once',
  async ({ label, moreThan, compiled }) => {
    await using machine = await openBenchMachine();
    const release = machine.corpus.kernels[label];
    const tree = '/var/lib/dkms';
    const recordsOf = async (module: string) => {
      const folder = `${tree}/${module}/1/${release}/x86_64`;
      const { outputs, headers, tools } = JSON.parse(await machine.root.read(`${folder}/provenance.json`));
      return { outputs, headers, tools };
    };
    const calls = async () => {
      const log = await machine.root.read(`${tree}/z-asker/1/${release}/x86_64/log/make.log`);
      return /^took (?<took>\d+), refused (?<refused>\d+), compiled (?<compiled>\d+), quick (?<quick>\d+)$/m.exec(
        log,
      )?.groups;
    };
    await machine.root.write(`/usr/local/bin/${compiler}`, countingCompiler, 0o755);
    await registerSmallModules(machine, 3);
    await machine.shell(registerAsker);

    // Of one there are only the headers, and nothing is built for a kernel that is not there.
    await machine.shell(
      'touch "/boot/vmlinuz-$1" && kmodsmith autoinstall -j2 -k "$1" || { kmodsmith log z-asker; false; }',
      release,
    );
    const together = await calls();
    expect(await machine.root.exists('/var/lib/kmodsmith/probes')).toBe(false);

    // A build alone asks for itself, and what comes of it is the same, bit by bit.
    for (const module of ['small3', 'z-asker']) {
      const before = await recordsOf(module);
      await machine.shell('kmodsmith build "$1" -k "$2" --rebuild', `${module}/1`, release);
      expect(await recordsOf(module)).toEqual(before);
    }
    const alone = await calls();
    expect(Number(alone?.['took'])).toBeGreaterThan(moreThan);
    expect(alone?.['compiled']).toBe('1');
    // Of what the compiler takes it was asked its own question alone; what it refuses may have failed for another reason.
    expect(together).toEqual({ took: '1', refused: alone?.['refused'], compiled, quick: '1' });
    expect(alone?.['quick']).toBe('1');
  },
);
