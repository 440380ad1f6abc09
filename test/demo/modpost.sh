#!/bin/sh
# modpost NAME: prints the C text that kbuild links to a module, less the versions of its symbols.
cat <<END
#include <linux/module.h>
#include <generated/utsrelease.h>
MODULE_INFO(vermagic, UTS_RELEASE " SMP mod_unload ");
MODULE_INFO(name, "$1");
MODULE_INFO(depends, "");
END
