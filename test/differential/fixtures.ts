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
export function kernel(release: string): Files {
  return {
    ...kernelFolder(release),
    [`/usr/lib/modules/${release}/build`]: { link: '/usr/src/linux-headers-{K}' },
    [`/usr/lib/modules/${release}/kernel/drivers/net/dummy.ko.xz`]: {
      copy: '/usr/lib/modules/{K}/kernel/drivers/net/dummy.ko.xz',
    },
  };
}

/** A kernel whose config asks for another compression, or none; its one module is to be compressed by a step. */
export function compressedKernel(release: string, compression: 'GZIP' | 'ZSTD' | 'NONE'): Files {
  const build = `/usr/lib/modules/${release}/build`;
  const config = [
    'CONFIG_MODULES=y',
    'CONFIG_MODULE_SIG_HASH="sha256"',
    `CONFIG_MODULE_COMPRESS_${compression}=y`,
    ...(compression === 'NONE' ? [] : ['CONFIG_MODULE_COMPRESS=y', 'CONFIG_MODULE_COMPRESS_ALL=y']),
  ];
  return {
    ...kernelFolder(release),
    [`${build}/include/config/auto.conf`]: `${config.join('\n')}\n`,
    [`${build}/scripts`]: { link: '/usr/src/linux-headers-{K}/scripts' },
    [`/usr/lib/modules/${release}/kernel/drivers/net/dummy.ko`]: {
      copy: '/opt/twins/modules/{K}/twin_none.ko',
    },
  };
}

function kernelFolder(release: string): Files {
  const index = ['dep', 'order', 'builtin'].map((name) => [
    `/usr/lib/modules/${release}/modules.${name}`,
    '',
  ]);
  return { ...Object.fromEntries(index), [`/opt/twins/modules/${release}`]: { link: '{K}' } };
}
