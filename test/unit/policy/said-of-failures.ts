/**
 * First errors of real builds, cut to a few lines: Debian's modules against Linux 7.3, and small modules against 6.12
 * whose compiler, headers, memory or disk was taken away.
 */
export const said = {
  build: {
    api: [
      `compress.c: In function 'apfs_compress_read_folio':
compress.c:425:19: error: 'struct page' has no member named 'index'
  425 |         off = page->index << PAGE_SHIFT;`,
      `ddcci.c: In function 'ddcci_attr_prot_show':
ddcci.c:772:17: error: implicit declaration of function 'strncpy' [-Wimplicit-function-declaration]`,
      `hid-uclogic-core.c:495:9: error: implicit declaration of function 'del_timer_sync' [-Wimplicit-function-declaration]`,
      `dm-writeboost-metadata.c:482:38: error: initialization of 'void (*)(long unsigned int,  long unsigned int,  void *)' from incompatible pointer type 'void (*)(long unsigned int,  void *)' [-Wincompatible-pointer-types]`,
      `evdi_modeset.c:76:75: error: passing argument 1 of 'drm_atomic_get_new_crtc_state' from incompatible pointer type [-Wincompatible-pointer-types]`,
      `streebog_generic.c:970:16: error: 'struct streebog_state' has no member named 'fillsize'`,
      `rfc7915/6to4.c:206:14: error: 'struct flowi4' has no member named 'flowi4_tos'`,
      `tcp.c:104:29: error: passing argument 2 of 'kernel_bind' from incompatible pointer type [-Wincompatible-pointer-types]`,
      `In file included from /usr/src/linux-headers-7.3.4+deb13-common/include/linux/build_bug.h:5,
                 from rapiddisk.c:26:
rapiddisk.c:252:28: error: 'struct page' has no member named 'index'`,
      `v4l2loopback.c:2337:9: error: too few arguments to function 'v4l2_fh_add'`,
      `vhba.c:532:21: error: initialization of 'enum scsi_qc_status (*)(struct Scsi_Host *, struct scsi_cmnd *)' from incompatible pointer type 'int (*)(struct Scsi_Host *, struct scsi_cmnd *)' [-Wincompatible-pointer-types]`,
      `dm.c:1:2: error: passing argument 5 of 'dm_io' makes pointer from integer without a cast [-Wint-conversion]`,
      `/b/m.c:2:10: fatal error: linux/no_such.h: No such file or directory
    2 | #include <linux/no_such.h>`,
      '/b/m.c:2:10: fatal error: stdarg.h: No such file or directory',
      "m.c:2:10: fatal error: 'linux/no_such.h' file not found",
      "/b/m.c:2:69: error: invalid use of undefined type 'struct foo_t'",
      "/b/m.c:2:94: error: 'NOPE' undeclared (first use in this function)",
      "/b/m.c:2:109: error: unknown type name 'nope_t'; did you mean 'mode_t'?",
      `ERROR: modpost: "nope" [/b/m.ko] undefined!
ERROR: modpost: "nada" [/b/m.ko] undefined!`,
      "ERROR: modpost: GPL-incompatible module m.ko uses GPL-only symbol 'x'",
      'ERROR: modpost: module m uses symbol x from namespace Y, but does not import it.',
    ],
    source: [
      `/b/m.c: In function 'init_module':
/b/m.c:2:33: error: expected ';' before 'static'`,
      '/b/m.c:2:10: fatal error: own.h: No such file or directory',
      "/b/m.c:2:12: error: 'u' defined but not used [-Werror=unused-function]",
      "make[2]: *** No rule to make target '/b/m.o', needed by '/b/'.  Stop.",
      "make[2]: *** No rule to make target 'a.o', needed by 'm.o'.  Stop.",
    ],
    headers: [
      `In file included from <command-line>:
/usr/src/linux-headers-6.12-common/include/linux/kconfig.h:5:10: fatal error: generated/autoconf.h: No such file or directory`,
      '/usr/src/linux-headers-6.12-common/Makefile:751: include/config/auto.conf: No such file or directory',
      'make: *** /lib/modules/9.9/build: No such file or directory.  Stop.',
      '/bin/sh: 1: scripts/basic/fixdep: not found',
      '/bin/sh: 1: ./tools/objtool/objtool: Permission denied',
      "make[1]: *** No rule to make target 'modules'.  Stop.",
      "make[3]: *** No rule to make target 'scripts/module.lds', needed by 'm.ko'.  Stop.",
      '  ERROR: Kernel configuration is invalid.',
    ],
    toolchain: [
      '/bin/sh: 1: gcc-99: not found',
      '/bin/sh: line 1: gcc-13: command not found',
      'make: gcc-13: No such file or directory',
      "x86_64-linux-gnu-gcc-14: error: unrecognized command-line option '-fno-such-option'",
      'clang: error: unknown argument: -mfoo',
      'cc1: error: cannot load plugin /no/such.so: /no/such.so: cannot open shared object file: No such file or directory',
      'cc1: error: incompatible gcc/plugin versions',
      "x86_64-linux-gnu-gcc-14: fatal error: cannot execute 'cc1': posix_spawnp: No such file or directory",
      '/bin/sh: 1: x86_64-linux-gnu-ld: not found',
      'foo.c:1:2: internal compiler error: Segmentation fault',
      "/tmp/ccX.s:12: Error: no such instruction: `frob'",
    ],
    memory: [
      'virtual memory exhausted: Cannot allocate memory',
      'gcc: fatal error: Killed signal terminated program cc1',
      'cc1: out of memory allocating 65536 bytes after a total of 1234 bytes',
      'make[3]: *** [scripts/Makefile.build:234: /b/foo.o] Killed',
      '/bin/sh: line 1: 12345 Killed                  gcc -c foo.c',
      '/bin/sh: 0: cannot fork: Resource temporarily unavailable',
    ],
    space: [
      `/b/m.c:4:1: fatal error: closing dependency file /b/.m.o.d: No space left on device
    4 | MODULE_DESCRIPTION("m");`,
      '/tmp/ccX.s: Fatal: No space left on device',
      'ld: final link failed: Disk quota exceeded',
    ],
    denied: [
      '/b/m.c:4:1: fatal error: opening dependency file /b/.m.o.d: Read-only file system',
      "touch: cannot touch '/etc/x': Permission denied",
      "fatal: unable to access 'https://x/': Could not resolve host: x",
    ],
    interrupted: ['make: *** [Makefile:2: all] Terminated', 'make[1]: *** [Makefile:9: x] Interrupt'],
  },
} as const;
