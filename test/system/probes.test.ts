import { beforeEach, expect, test } from 'vitest';
import { openBenchMachine } from '../support/bench/machine.ts';
import { registerSmallModules } from '../support/bench/small-modules.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

/** Asks the compiler itself for an option that there is and for one that there is not, and says who answers. */
const registerAsker = `mkdir -p /usr/src/z-asker-1 /var/lib/dkms/z-asker/1
cd /usr/src/z-asker-1
ln -s "$PWD" /var/lib/dkms/z-asker/1/source
printf '%s\\n' PACKAGE_NAME=z-asker PACKAGE_VERSION=1 BUILT_MODULE_NAME=z-asker DEST_MODULE_LOCATION=/updates AUTOINSTALL=yes \\
  'MAKE="make -C $kernel_source_dir M=$dkms_tree/z-asker/1/build && command -v x86_64-linux-gnu-gcc-14"' >dkms.conf
printf '%s\\n' 'obj-m := z-asker.o' 'ccflags-y := $(call cc-option,-fno-such-option,-DNO_SUCH_OPTION) $(call cc-option,-fno-builtin-strlen,-DNO_BUILTIN_STRLEN)' >Makefile
printf '%s\\n' '#include <linux/module.h>' '#ifndef NO_SUCH_OPTION' '#error -fno-such-option' '#endif' '#ifdef NO_BUILTIN_STRLEN' '#error -fno-builtin-strlen' \\
  '#endif' 'MODULE_LICENSE("GPL");' >z-asker.c`;

test('what the compiler was asked for one module is answered for the others', async () => {
  await using machine = await openBenchMachine();
  const release = machine.corpus.kernels['6.12'];
  const tree = '/var/lib/dkms';
  const outputsOf = async (module: string) =>
    JSON.parse(await machine.root.read(`${tree}/${module}/1/${release}/x86_64/provenance.json`)).outputs;
  await registerSmallModules(machine, 3);
  await machine.shell(registerAsker);

  await machine.shell('kmodsmith autoinstall -j2 -k "$1"', release);
  const log = await machine.root.read(`${tree}/z-asker/1/${release}/x86_64/log/make.log`);
  expect(log).toContain('/var/lib/kmodsmith/probes/0/x86_64-linux-gnu-gcc-14\n');
  expect(await machine.root.exists('/var/lib/kmodsmith/probes')).toBe(false);

  // A build alone asks for itself, and what comes of it is the same, bit by bit.
  for (const module of ['small3', 'z-asker']) {
    const before = await outputsOf(module);
    await machine.shell('kmodsmith build "$1" -k "$2" --rebuild', `${module}/1`, release);
    expect(await outputsOf(module)).toEqual(before);
  }
  const alone = await machine.root.read(`${tree}/z-asker/1/${release}/x86_64/log/make.log`);
  expect(alone).toContain('/usr/bin/x86_64-linux-gnu-gcc-14\n');
});
