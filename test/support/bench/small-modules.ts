import type { BenchMachine } from './machine.ts';

/** Registers modules of a few lines, that kbuild makes in a second or two and that are real to both sides. */
export async function registerSmallModules({ shell }: BenchMachine, count: number): Promise<void> {
  await shell(
    `cp -p /var/cache/corpus/mok.* /var/lib/dkms
for number in $(seq "$1"); do
  name=small$number
  source=/usr/src/$name-1
  mkdir -p "$source" "/var/lib/dkms/$name/1"
  printf '%s\\n' "PACKAGE_NAME=$name" PACKAGE_VERSION=1 "BUILT_MODULE_NAME=$name" DEST_MODULE_LOCATION=/updates AUTOINSTALL=yes \\
    >"$source/dkms.conf"
  echo "obj-m += $name.o" >"$source/Makefile"
  printf '%s\\n' '#include <linux/module.h>' 'MODULE_LICENSE("GPL");' \\
    'static int __init begin(void) { pr_info("here\\n"); return 0; }' 'module_init(begin);' \\
    'static void __exit end(void) {}' 'module_exit(end);' >"$source/$name.c"
  ln -s "$source" "/var/lib/dkms/$name/1/source"
done`,
    String(count),
  );
}
