import { confText } from '../fixtures.ts';
import type { Files, Scenario } from '../scenario.ts';

const code = (version: string) => `#include <linux/module.h>
MODULE_LICENSE("GPL");
MODULE_VERSION("${version}");
#ifdef BESIDE
int beside_of_real(void) { return 0; }
EXPORT_SYMBOL_GPL(beside_of_real);
#endif
static int __init begin(void) { return 0; }
module_init(begin);
static void __exit end(void) {}
module_exit(end);
`;

type Conf = Readonly<Record<string, string | undefined>>;

/** A module for kbuild itself. */
function real(conf: Conf = {}, files: Files = {}, version = '1.0'): Files {
  const at = `/usr/src/real-${version}`;
  const directives = {
    PACKAGE_NAME: 'real',
    PACKAGE_VERSION: version,
    'BUILT_MODULE_NAME[0]': 'real',
    'DEST_MODULE_LOCATION[0]': '/updates',
    AUTOINSTALL: 'yes',
    ...conf,
  };
  return {
    [`${at}/dkms.conf`]: confText(directives),
    [`${at}/Makefile`]: 'obj-m := real.o\n',
    [`${at}/real.c`]: code(version),
    ...Object.fromEntries(Object.entries(files).map(([path, spec]) => [`${at}/${path}`, spec])),
  };
}

const build = 'dkms build real/1.0 -k {K}';

const commands: Record<string, string | undefined> = {
  'none given': undefined,
  'the usual': 'make -C $kernel_source_dir M=$dkms_tree/$PACKAGE_NAME/$PACKAGE_VERSION/build modules',
  'by the release': 'make -C /lib/modules/$kernelver/build M=$PWD modules',
  'with KERNELRELEASE emptied':
    'make KERNELRELEASE= -C $kernel_source_dir M=$dkms_tree/$PACKAGE_NAME/$PACKAGE_VERSION/build',
  quoted: "'make' -C /lib/modules/$kernelver/build M=$dkms_tree/real/1.0/build modules",
};

export const kbuild: Scenario[] = [
  ...Object.entries(commands).map(([name, command]) => ({
    name: `kbuild: ${name}`,
    files: real({ 'MAKE[0]': command }),
    steps: ['dkms add real/1.0', build],
  })),
  {
    name: 'kbuild: a whole life',
    files: real(),
    steps: [
      'dkms install real/1.0 -k {K}',
      'dkms status',
      'dkms build real/1.0 -k {K} --force',
      'dkms remove real/1.0 --all',
    ],
  },
  {
    name: 'kbuild: both kernels',
    files: real(),
    steps: ['dkms add real/1.0', 'dkms autoinstall -k {K}', 'dkms autoinstall -k {R}', 'dkms status'],
  },
  { name: 'kbuild: no stripping', files: real({ 'STRIP[0]': 'no' }), steps: [build] },
  {
    name: 'kbuild: a compiler error',
    files: real({}, { 'real.c': 'nonsense\n' }),
    steps: [build, 'dkms status'],
  },
  {
    name: 'kbuild: a symbol that no kernel has',
    files: real(
      {},
      {
        'real.c': `${code('1.0')}extern int no_such_symbol(void);\nint call(void) { return no_such_symbol(); }\n`,
      },
    ),
    steps: [build],
  },
  {
    name: 'kbuild: exported symbols',
    files: real({}, { Makefile: 'obj-m := real.o\nccflags-y += -DBESIDE\n' }),
    steps: [build],
  },
  {
    name: 'kbuild: two objects and folders',
    files: real(
      {
        'BUILT_MODULE_NAME[1]': 'inner',
        'BUILT_MODULE_LOCATION[1]': 'sub',
        'DEST_MODULE_LOCATION[1]': '/extra',
        'DEST_MODULE_NAME[1]': 'outer',
      },
      { Makefile: 'obj-m := real.o sub/\n', 'sub/Makefile': 'obj-m := inner.o\n', 'sub/inner.c': code('3') },
    ),
    steps: ['dkms install real/1.0 -k {K}', 'dkms remove real/1.0 --all'],
  },
  {
    name: 'kbuild: patched',
    files: real(
      { 'PATCH[0]': 'p.patch' },
      {
        'patches/p.patch':
          '--- a/real.c\n+++ b/real.c\n@@ -1,3 +1,4 @@\n #include <linux/module.h>\n+MODULE_ALIAS("patched");\n MODULE_LICENSE("GPL");\n MODULE_VERSION("1.0");\n',
      },
    ),
    steps: [build],
  },
  {
    name: 'kbuild: the next version',
    files: { ...real(), ...real({}, {}, '1.1') },
    steps: [
      'dkms install real/1.0 -k {K}',
      'dkms install real/1.1 -k {K}',
      'dkms remove real/1.0 --all',
      'dkms remove real/1.1 --all',
    ],
  },
];
