import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleSpec, moduleSpecs } from '../rows/module-specs.ts';
import { columns, type RowKernel } from '../rows/sight.ts';
import { packRpm, type RpmPackage } from '../rpm-packages.ts';
import { layOutToolkit } from '../toolkit-deb.ts';
import { makeToyHeaders } from '../toy-packages.ts';

/** Packages by what a row calls them. */
export type Packages = Readonly<
  Record<string, { readonly name: string; readonly version: string; readonly file: string }>
>;

const toyKernel = (release: string, image = 'kernel-toy'): RowKernel => ({
  ...{ release, image },
  headers: [`${image}-devel`],
});

/** Both come in the package kernel-toy, one in the place of the other. */
export const kernel = toyKernel('6.12.1-1.toy.x86_64');
export const other = toyKernel('6.13.0-1.toy.x86_64');
/** Side by side, as Fedora's and SUSE's kernels are. */
export const many = ['6.1.1', '6.1.2', '6.1.3'].map((version) =>
  toyKernel(`${version}-1.many.x86_64`, 'kernel-many'),
) as [RowKernel, RowKernel, RowKernel];

const read = 'include/linux/lantern.h';

/** In the middle of a transaction: its files are there, and nothing after it will ever run. */
const killing = '%post\nkill -9 "$PPID"; sleep 5\n';

/** Packs what rows install, or those of it that are wanted. */
export async function packRowPackages(folder: string, wanted = /./): Promise<Packages> {
  const headers = async (at: RowKernel, version: string, edits: Readonly<Record<string, string>> = {}) => ({
    ...{ name: at.headers[0] ?? '', version, tree: await headersTree(folder, at.release, edits) },
  });
  const changed = { [read]: '/* changed */\n' };
  const specs: Record<string, RpmPackage> = {
    'kernel 1': image(kernel, '6.12.1-1'),
    'kernel 2': image(kernel, '6.12.1-2'),
    'kernel 13': image(other, '6.13.0-1'),
    'kernel that stays': { ...image(kernel, '6.12.1-3'), sections: '%preun\nexit 1\n' },
    'devel 1': await headers(kernel, '6.12.1-1'),
    'devel 2': await headers(kernel, '6.12.1-2', { 'include/linux/kite.h': '/* changed */\n' }),
    'devel 3': await headers(kernel, '6.12.1-3', changed),
    'devel that conflicts': conflicting(await headers(kernel, '6.12.1-4', changed)),
    'devel that refuses': { ...(await headers(kernel, '6.12.1-5', changed)), sections: '%pre\nexit 1\n' },
    'devel that kills': { ...(await headers(kernel, '6.12.1-6', changed)), sections: killing },
    'devel 13': await headers(other, '6.13.0-1'),
    ...modulePackages(),
    owner: { name: 'owner', files: { 'usr/share/owned': 'by somebody\n' } },
    kmodsmith: await toolkitPackage(folder, '1-1'),
    'kmodsmith 2': await toolkitPackage(folder, '2-1'),
  };
  for (const [index, at] of many.entries()) {
    const version = `6.1.${index + 1}-1`;
    specs[`many ${index + 1}`] = withBootEntry(at, image(at, version));
    specs[`many devel ${index + 1}`] = { ...(await headers(at, version)), provides: 'multiversion(kernel)' };
  }
  const packed: [string, Packages[string]][] = [];
  for (const [called, spec] of Object.entries(specs).filter(([called]) => wanted.test(called))) {
    const { name, version = '1-1' } = spec;
    packed.push([called, { name, version, file: await packRpm(folder, spec) }]);
  }
  return Object.fromEntries(packed);
}

const conflicting = (spec: RpmPackage): RpmPackage => ({
  ...spec,
  files: { ...spec.files, 'usr/share/owned': 'by another\n' },
});

/** What depmod writes below a kernel's folder is the package's, too. */
export const depmodFiles = [
  'alias alias.bin builtin.alias.bin builtin.bin dep dep.bin devname softdep symbols symbols.bin weakdep',
].flatMap((line) => line.split(' ').map((name) => `modules.${name}`));

/** The link to the headers is the kernel's own, and leads nowhere without them. */
const image = ({ release, image: name }: RowKernel, version: string): RpmPackage => ({
  ...{ name, version },
  files: {
    [`lib/modules/${release}/vmlinuz`]: `the image of ${release}, ${version}\n`,
    [`lib/modules/${release}/kernel/README`]: 'modules go here\n',
    [`lib/modules/${release}/modules.order`]: '',
    [`lib/modules/${release}/modules.builtin`]: '',
  },
  links: { [`lib/modules/${release}/build`]: `/usr/src/kernels/${release}` },
  ghosts: depmodFiles.map((file) => `/lib/modules/${release}/${file}`),
});

/** Calls kernel-install where Fedora's kernel-core does. */
const withBootEntry = ({ release }: RowKernel, spec: RpmPackage): RpmPackage => ({
  ...spec,
  provides: 'multiversion(kernel)',
  sections: `%posttrans
kernel-install add ${release} /lib/modules/${release}/vmlinuz || exit $?

%preun
kernel-install remove ${release} || exit $?
`,
});

/** Where Fedora has the build tree of a kernel. */
async function headersTree(folder: string, release: string, edits: Readonly<Record<string, string>>) {
  const { tree, whole } = await makeToyHeaders(folder, release, (path) => {
    for (const [file, text] of Object.entries(edits)) writeFileSync(join(path, file), text, { flag: 'a' });
  });
  const kernels = join(whole, 'usr/src/kernels');
  mkdirSync(kernels, { recursive: true });
  renameSync(tree, join(kernels, release));
  return whole;
}

/** The columns' modules, as packages have them that know nothing of us. */
function modulePackages(): Record<string, RpmPackage> {
  const specs: Record<string, RpmPackage> = {};
  for (const spec of moduleSpecs())
    specs[`${spec.name} ${spec.version}`] = { ...spec, requires: 'kmodsmith' };
  for (const column of columns) {
    const make = (version: string) => ({ ...moduleSpec(column, version), requires: 'kmodsmith' });
    specs[`${column}-dkms that conflicts`] = conflicting(make('2.0-9'));
    specs[`${column}-dkms that refuses`] = { ...make('2.0-8'), sections: '%pre\nexit 1\n' };
    specs[`${column}-dkms that kills`] = { ...make('2.0-7'), sections: killing };
  }
  return specs;
}

/** The toolkit as its package has it. */
export async function toolkitPackage(folder: string, version: string): Promise<RpmPackage> {
  const tree = join(folder, `toolkit-${version}`);
  await layOutToolkit(tree, 'rpm');
  const scriptlets = join(tree, 'kmodsmith.scriptlets');
  const sections = readFileSync(scriptlets, 'utf8');
  rmSync(scriptlets);
  return { name: 'kmodsmith', version, tree, sections };
}
