import { beforeEach, expect, test } from 'vitest';
import { openBenchMachine } from '../support/bench/machine.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

/** Modules that do not compile with what makes others faster, one of them on a disk that was full, and one that never does. */
const registerPicky = `for name in z-picky z-crowded z-broken; do
  mkdir -p "/usr/src/$name-1" "/var/lib/dkms/$name/1"
  cd "/usr/src/$name-1"
  ln -s "$PWD" "/var/lib/dkms/$name/1/source"
  printf '%s\\n' "PACKAGE_NAME=$name" PACKAGE_VERSION=1 "BUILT_MODULE_NAME=$name" DEST_MODULE_LOCATION=/updates AUTOINSTALL=yes >dkms.conf
  printf '%s\\n' "obj-m := $name.o" 'ccflags-y := $(if $(findstring -ftrack-macro-expansion,$(KBUILD_CFLAGS)),-DSHORTCUTS)' >Makefile
  printf '%s\\n' '#include <linux/module.h>' '#ifdef SHORTCUTS' '#error with shortcuts' '#endif' 'MODULE_LICENSE("GPL");' >"$name.c"
done
echo '#error without them' >>z-broken.c
echo '$(info cp: a: No space left on device)' >>/usr/src/z-crowded-1/Makefile`;

test('a build that fails is made once more without shortcuts', async () => {
  await using machine = await openBenchMachine();
  const release = machine.corpus.kernels['6.12'];
  await machine.shell(registerPicky);
  await machine.shell('kmodsmith build z-picky/1 -k "$1"', release);
  const log = await machine.root.read(`/var/lib/dkms/z-picky/1/${release}/x86_64/log/make.log`);
  expect(log).not.toContain('with shortcuts');

  // What there is to say of one that fails all the same is what the plain compiler says.
  const said = await machine.shell(
    'kmodsmith build z-broken/1 -k "$1" 2>&1 && exit 1; kmodsmith log z-broken',
    release,
  );
  expect(said).toContain('without them');
  expect(said).not.toContain('with shortcuts');

  // Not even once more where the disk may be at fault: it would be another module than the next run makes.
  const full = await machine.shell(
    'kmodsmith build z-crowded/1 -k "$1" 2>&1 && exit 1; kmodsmith log z-crowded',
    release,
  );
  expect(full).toContain('with shortcuts');
});
