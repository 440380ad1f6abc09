import { beforeEach, expect, test } from 'vitest';
import { openBenchMachine } from '../support/bench/machine.ts';
import { registerSmallModules } from '../support/bench/small-modules.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

/** A compiler that keeps a list, in the build folder of the module that it is called for. */
const compiler = 'x86_64-linux-gnu-gcc-14';
const countingCompiler = `#!/bin/sh
[ -z "$module" ] || echo "$*" >>"/var/lib/dkms/$module/$module_version/build/calls"
exec /usr/bin/${compiler} "$@"
`;

/** Asks for an option that there is and for one that there is not, and says how often the compiler was called for what. */
const registerAsker = `mkdir -p /usr/src/z-asker-1 /var/lib/dkms/z-asker/1
cd /usr/src/z-asker-1
ln -s "$PWD" /var/lib/dkms/z-asker/1/source
printf '%s\\n' PACKAGE_NAME=z-asker PACKAGE_VERSION=1 BUILT_MODULE_NAME=z-asker DEST_MODULE_LOCATION=/updates AUTOINSTALL=yes \\
  'MAKE="make -C $kernel_source_dir M=$dkms_tree/z-asker/1/build && sh $dkms_tree/z-asker/1/build/count"' >dkms.conf
echo 'cd "\${0%/*}" && echo "asked $(grep -c /dev/null calls), compiled $(grep -c module-common.c calls)"' >count
printf '%s\\n' 'obj-m := z-asker.o' 'ccflags-y := $(call cc-option,-fno-such-option,-DNO_SUCH_OPTION) $(call cc-option,-fno-builtin-strlen,-DNO_BUILTIN_STRLEN)' >Makefile
printf '%s\\n' '#include <linux/module.h>' '#ifndef NO_SUCH_OPTION' '#error -fno-such-option' '#endif' '#ifdef NO_BUILTIN_STRLEN' '#error -fno-builtin-strlen' \\
  '#endif' 'MODULE_LICENSE("GPL");' >z-asker.c`;

test('what kbuild finds the same for every module it finds once', async () => {
  await using machine = await openBenchMachine();
  const release = machine.corpus.kernels['6.12'];
  const tree = '/var/lib/dkms';
  const recordsOf = async (module: string) => {
    const folder = `${tree}/${module}/1/${release}/x86_64`;
    const { outputs, headers, tools } = JSON.parse(await machine.root.read(`${folder}/provenance.json`));
    return { outputs, headers, tools };
  };
  const calls = async () => {
    const log = await machine.root.read(`${tree}/z-asker/1/${release}/x86_64/log/make.log`);
    return /^asked (?<asked>\d+), compiled (?<compiled>\d+)$/m.exec(log)?.groups;
  };
  await machine.root.write(`/usr/local/bin/${compiler}`, countingCompiler, 0o755);
  await registerSmallModules(machine, 3);
  await machine.shell(registerAsker);

  await machine.shell('kmodsmith autoinstall -j2 -k "$1"', release);
  // Its own two questions, and nothing else.
  expect(await calls()).toEqual({ asked: '2', compiled: '0' });
  expect(await machine.root.exists('/var/lib/kmodsmith/probes')).toBe(false);

  // A build alone asks for itself, and what comes of it is the same, bit by bit.
  for (const module of ['small3', 'z-asker']) {
    const before = await recordsOf(module);
    await machine.shell('kmodsmith build "$1" -k "$2" --rebuild', `${module}/1`, release);
    expect(await recordsOf(module)).toEqual(before);
  }
  const alone = await calls();
  expect(Number(alone?.['asked'])).toBeGreaterThan(30);
  expect(alone?.['compiled']).toBe('1');
});
