import { chmodSync, cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dpkgAdapter } from '../../src/adapters/dpkg/index.ts';
import { readKernels } from './kernels.ts';
import { execute } from './process.ts';
import { openRoot } from './roots.ts';
import { makeToyHeaders } from './toy-packages.ts';

/** Control files of a Debian package, by their names in `DEBIAN/`. */
type Scripts = Partial<Readonly<Record<'preinst' | 'postinst' | 'prerm' | 'postrm' | 'triggers', string>>>;

export interface ToyDeb {
  readonly name: string;
  readonly version?: string;
  /** More fields of the control file. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly scripts?: Scripts;
  /** Texts by path in the root. */
  readonly files?: Readonly<Record<string, string>>;
  /** A folder of the host that holds more files. */
  readonly tree?: string;
}

/** Packs a .deb below the folder; returns its path. */
export async function packToyDeb(folder: string, deb: ToyDeb): Promise<string> {
  const { name, version = '1', fields = {}, scripts = {}, files = {}, tree } = deb;
  const root = mkdtempSync(join(folder, 'deb-'));
  if (tree !== undefined) cpSync(tree, root, { recursive: true, verbatimSymlinks: true });
  const control = {
    ...{ Package: name, Version: version, Architecture: 'all', Maintainer: 'toy <toy@localhost>' },
    ...fields,
    Description: 'toy',
  };
  const scriptFiles = Object.entries(scripts).map(([script, text]) => [`DEBIAN/${script}`, text]);
  const contents: Record<string, string> = {
    ...files,
    ...Object.fromEntries(scriptFiles),
    'DEBIAN/control': Object.entries(control)
      .map(([field, value]) => `${field}: ${value}\n`)
      .join(''),
  };
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    if (text.startsWith('#!')) chmodSync(join(root, path), 0o755);
  }
  const file = join(folder, `${name}_${version}_${root.slice(-6)}.deb`);
  await execute(['dpkg-deb', '--root-owner-group', '-Znone', '--build', root, file]);
  await rm(root, { recursive: true });
  return file;
}

/** The maintainer scripts that Debian's own kernels have, for any release. */
export interface KernelScripts {
  image(release: string): Scripts;
  headers(release: string): Scripts;
}

/** Read from the real packages, with the release replaced. */
export async function readKernelScripts(): Promise<KernelScripts> {
  await using root = await openRoot('trixie-kernels');
  const { kernels, debs } = await readKernels(root);
  const [kernel] = kernels;
  if (kernel === undefined) throw new Error('the root has no kernel');
  const { image, headers, release } = kernel;
  const names = ['preinst', 'postinst', 'prerm', 'postrm'] as const;
  const texts: Record<string, string> = {};
  for (const name of names) texts[name] = await root.read(`/var/lib/dpkg/info/${image}.${name}`);
  const file = debs[headers]?.file ?? headers;
  const { stdout: postinst } = await root.run(['dpkg-deb', '--info', file, 'postinst']);
  const renamed = (scripts: Readonly<Record<string, string>>) => (other: string) =>
    Object.fromEntries(
      Object.entries(scripts).map(([name, text]) => [name, text.replaceAll(release, other)]),
    );
  return { image: renamed(texts), headers: renamed({ postinst }) };
}

/** What makes a kernel: an image, and a folder of modules. */
export const imageFiles = (release: string): Record<string, string> => ({
  [`boot/vmlinuz-${release}`]: `the image of ${release}\n`,
  [`usr/lib/modules/${release}/kernel/README`]: 'modules go here\n',
  [`usr/lib/modules/${release}/modules.order`]: '',
  [`usr/lib/modules/${release}/modules.builtin`]: '',
});

/** The toy kbuild of a release as a package's tree; texts are appended to its files. */
export async function headersTree(
  folder: string,
  release: string,
  edits: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { whole } = await makeToyHeaders(folder, release, (tree) => {
    for (const [path, text] of Object.entries(edits)) writeFileSync(join(tree, path), text, { flag: 'a' });
  });
  const link = join(whole, 'usr/lib/modules', release, 'build');
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(`/usr/src/linux-headers-${release}`, link);
  return whole;
}

/** The package of a module that the toy kbuild can make, with scripts as `kmodsmith generate dpkg module` writes them. */
export function moduleDeb(
  name: string,
  { version = '1.0', revision = '1', autoinstall = 'yes', source = '' } = {},
): ToyDeb {
  const rendered = dpkgAdapter.renderHooks({
    ...({ kind: 'module', form: 'script' } as const),
    package: `${name}-dkms`,
    module: { name, version },
  });
  const scripts = rendered.map(({ path, content }) => [path.split('.').at(-1), content]);
  return {
    name: `${name}-dkms`,
    version: `${version}-${revision}`,
    fields: { Depends: 'kmodsmith' },
    scripts: Object.fromEntries(scripts),
    files: toyModuleFiles(name, { version, autoinstall, source }),
  };
}

/** The source of a module that the toy kbuild can make, and a real one as well. */
export function toyModuleFiles(
  name: string,
  { version = '1.0', autoinstall = 'yes', source = '' } = {},
): Record<string, string> {
  const folder = `usr/src/${name}-${version}`;
  const directives = {
    PACKAGE_NAME: name,
    PACKAGE_VERSION: version,
    BUILT_MODULE_NAME: name,
    DEST_MODULE_LOCATION: '/updates',
    AUTOINSTALL: autoinstall,
  };
  const conf = Object.entries(directives).map(([key, value]) => `${key}=${value}\n`);
  return {
    [`${folder}/dkms.conf`]: conf.join(''),
    [`${folder}/Makefile`]: `obj-m := ${name}.o\n`,
    [`${folder}/${name}.c`]: moduleSource + source,
  };
}

/** For the toy kbuild, and for a real one: it reads a header of its own of each. */
const moduleSource = `#include <linux/module.h>
#ifdef MODULE_LICENSE
#include <linux/hashtable.h>
#define LANTERN_BRIGHTNESS 5
#else
#include <linux/lantern.h>
#endif
int init_module(void) { return _printk("%d\\n", LANTERN_BRIGHTNESS) < 0; }
void cleanup_module(void) {}
MODULE_INFO(license, "GPL");
MODULE_INFO(description, "toy");
`;
