/** Real modules of a few lines that compile in a moment; all read one header of the kernel's. */
export const crashModules = ['alder', 'birch', 'cedar'] as const;

/** The header of the common package that they read, and what a changed one defines. */
export const crashHeader = 'include/linux/hashtable.h';

/** What changes the header so that every module comes out another one. */
export const changedHeader = '\n#define CRASH_LEVEL 2\n';

/** The files of all sources by their paths below /usr/src. */
export function crashSources(): Record<string, string> {
  return {
    ...sourceOf('alder', ['alder']),
    ...sourceOf('birch', ['birch', 'birch_leaf']),
    ...sourceOf('cedar', ['cedar'], 'BUILD_DEPENDS=alder\n'),
  };
}

function sourceOf(name: string, objects: readonly string[], more = ''): Record<string, string> {
  const folder = `${name}-1.0`;
  const directives = objects.map(
    (object, index) => `BUILT_MODULE_NAME[${index}]=${object}\nDEST_MODULE_LOCATION[${index}]=/updates\n`,
  );
  const conf = `PACKAGE_NAME=${name}\nPACKAGE_VERSION=1.0\nAUTOINSTALL=yes\n${directives.join('')}${more}`;
  return {
    [`${folder}/dkms.conf`]: conf,
    [`${folder}/Makefile`]: `obj-m := ${objects.map((object) => `${object}.o`).join(' ')}\n`,
    ...Object.fromEntries(objects.map((object) => [`${folder}/${object}.c`, program(object)])),
  };
}

function program(name: string): string {
  return `#include <linux/module.h>
#include <linux/hashtable.h>
#ifndef CRASH_LEVEL
#define CRASH_LEVEL 1
#endif
static int __init start(void) { pr_info("${name} %d\\n", CRASH_LEVEL); return 0; }
static void __exit stop(void) { }
module_init(start);
module_exit(stop);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("${name}");
MODULE_VERSION("1.0");
`;
}
