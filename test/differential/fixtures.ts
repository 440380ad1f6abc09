import type { Files } from './scenario.ts';

interface SourceSketch {
  readonly name?: string;
  readonly version?: string;
  /** The specimen of the root (layers/dkms.sh) that each object is built from, by the object's name. */
  readonly objects?: Readonly<Record<string, string>>;
  /** Directives beside or instead of the usual ones; undefined leaves one out. */
  readonly conf?: Readonly<Record<string, string | undefined>>;
  /** Ends the dkms.conf as it is. */
  readonly lines?: readonly string[];
  readonly files?: Files;
  readonly at?: string;
}

/** A module's source, whose make takes ready kernel objects: kbuild itself is looked at in kbuild.ts. */
export function source(sketch: SourceSketch = {}): Files {
  const { name = 'twin', version = '1.0', files = {}, at = `/usr/src/${name}-${version}` } = sketch;
  const { objects = { [name]: 'twin_1_0' }, conf = {}, lines = [] } = sketch;
  const directives = {
    PACKAGE_NAME: name,
    PACKAGE_VERSION: version,
    'BUILT_MODULE_NAME[0]': Object.keys(objects)[0],
    'DEST_MODULE_LOCATION[0]': '/kernel/drivers/misc',
    'MAKE[0]': 'make fast',
    AUTOINSTALL: 'yes',
    ...conf,
  };
  const copies = Object.entries(objects).map(
    ([object, specimen]) => `\tcp /opt/twins/modules/$(KERNELRELEASE)/${specimen}.ko ${object}.ko\n`,
  );
  return {
    [`${at}/dkms.conf`]: confText(directives) + lines.map((line) => `${line}\n`).join(''),
    [`${at}/Makefile`]: `fast:\n${copies.join('')}`,
    ...Object.fromEntries(Object.entries(files).map(([path, spec]) => [`${at}/${path}`, spec])),
  };
}

export function confText(directives: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(directives)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join('');
}

/** A script that writes its call down. */
export function script(exit = 0): { content: string; mode: number } {
  return { content: `#!/bin/sh\n/opt/twins/bin/note "$0" "$@"\nexit ${exit}\n`, mode: 0o755 };
}

/** A kernel of another name with the headers and specimens of `{K}`, and one module of its own. */
export function kernel(release: string, dummy = 'dummy.ko.xz'): Files {
  const folder = `/usr/lib/modules/${release}`;
  return {
    [`${folder}/build`]: { link: '/usr/src/linux-headers-{K}' },
    [`${folder}/kernel/drivers/net/${dummy}`]: {
      copy: '/usr/lib/modules/{K}/kernel/drivers/net/dummy.ko.xz',
    },
    ...Object.fromEntries(['dep', 'order', 'builtin'].map((name) => [`${folder}/modules.${name}`, ''])),
    [`/opt/twins/modules/${release}`]: { link: '{K}' },
  };
}
