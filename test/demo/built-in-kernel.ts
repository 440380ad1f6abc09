import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fixdep from './fixdep.sh';
import type { DemoKernel } from './kernel.ts';
import modpost from './modpost.sh';

const release = '6.1.0-demo';
const tree = `/usr/src/linux-headers-${release}`;

/** Imitates kbuild as far as the engine looks: a real compiler, `.cmd` files, vermagic, an imported symbol. */
const makefile = `
include include/config/auto.conf
FLAGS := -std=gnu11 -O2 -Wall -ffreestanding -fno-pic -fno-stack-protector -I$(CURDIR)/include
NAME := $(basename $(notdir $(wildcard $(M)/*.c)))
modules: $(M)/$(NAME).ko
$(M)/$(NAME).ko:
	cc $(FLAGS) -MD -MF $(M)/.$(NAME).o.d -c -o $(M)/$(NAME).o $(M)/$(NAME).c
	scripts/basic/fixdep $(M)/.$(NAME).o.d $(M)/$(NAME).o "cc $(FLAGS) -c" > $(M)/.$(NAME).o.cmd
	scripts/mod/modpost $(NAME) > $(M)/$(NAME).mod.c
	cc $(FLAGS) -c -o $(M)/$(NAME).mod.o $(M)/$(NAME).mod.c
	ld -r -o $@ $(M)/$(NAME).o $(M)/$(NAME).mod.o
`;

const moduleHeader = `
#include <linux/printk.h>
#define MODULE_INFO(tag, info) \\
	static const char modinfo_##tag[] __attribute__((used, section(".modinfo"), aligned(1))) = #tag "=" info
`;

const headers: Readonly<Record<string, string>> = {
  Makefile: makefile,
  'Module.symvers': '0x92997ed8\t_printk\tvmlinux\tEXPORT_SYMBOL\t\n',
  'include/config/auto.conf': 'CONFIG_MODULES=y\n',
  'include/generated/autoconf.h': '#define CONFIG_MODULES 1\n',
  'include/generated/utsrelease.h': `#define UTS_RELEASE "${release}"\n`,
  'include/linux/kite.h': '#define KITE_LENGTH 30\n',
  'include/linux/lantern.h': '#define LANTERN_BRIGHTNESS 7\n',
  'include/linux/module.h': moduleHeader,
  'include/linux/printk.h': 'int _printk(const char *format, ...);\n',
  'scripts/basic/fixdep': fixdep,
  'scripts/mod/modpost': modpost,
};

const source: Readonly<Record<string, string>> = {
  'dkms.conf': `PACKAGE_NAME="lantern"
PACKAGE_VERSION="1.0"
BUILT_MODULE_NAME[0]="lantern"
DEST_MODULE_LOCATION[0]="/extra"
AUTOINSTALL="yes"
`,
  'lantern.c': `#include <linux/module.h>
#include <linux/lantern.h>
int init_module(void) { return _printk("lantern: brightness %d\\n", LANTERN_BRIGHTNESS) < 0; }
void cleanup_module(void) {}
MODULE_INFO(license, "GPL");
`,
};

/** A kernel tree and a module of a few lines, for machines where real headers cannot be had. */
export const builtInKernel: DemoKernel = {
  release,
  version: '1.0-1',
  module: { name: 'lantern', version: '1.0' },
  headersFolder: tree,
  header: 'include/linux/lantern.h',
  installSource: (root) => writeFiles(join(root, 'usr/src/lantern-1.0'), source),
  installHeaders: async (root) => {
    await writeFiles(join(root, tree), headers);
    for (const name of ['scripts/basic/fixdep', 'scripts/mod/modpost'])
      await chmod(join(root, tree, name), 0o755);
    const link = join(root, 'lib/modules', release, 'build');
    await mkdir(dirname(link), { recursive: true });
    await rm(link, { force: true });
    await symlink(tree, link);
    return [`writes ${Object.keys(headers).length} files of the built-in kernel tree to $root${tree}`];
  },
};

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    // A package manager replaces files, it does not write into them.
    await rm(path, { force: true });
    await writeFile(path, content);
  }
}
