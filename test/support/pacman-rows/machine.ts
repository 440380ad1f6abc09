import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bringPackages } from '../install.ts';
import { packToyPackage, type ToyPackage } from '../pacman-packages.ts';
import { openRoot, type TestRoot } from '../roots.ts';
import { moduleSpec, moduleSpecs } from '../rows/module-specs.ts';
import type { PlayedMachine } from '../rows/rows.ts';
import { columns, lookAround, type RowKernel } from '../rows/sight.ts';
import { layOutToolkit } from '../toolkit-deb.ts';
import { makeToyHeaders } from '../toy-packages.ts';

/** Packages on the host by what a row calls them. */
export type Packages = Readonly<Record<string, string>>;

/** A system of pacman's on which rows of the matrix are played. */
export interface PacmanMachine extends PlayedMachine, AsyncDisposable {
  readonly root: TestRoot;
  /** Installs, upgrades, downgrades or reinstalls these in one transaction; returns what was said. */
  install(...names: string[]): Promise<string>;
  /** The same, which is expected to fail. */
  installInVain(...names: string[]): Promise<string>;
  remove(...packages: string[]): Promise<string>;
  run(...argv: string[]): Promise<string>;
}

/** Both come in the package linux-toy, each in a version of its own, as Arch's kernels do. */
export const kernel: RowKernel = {
  release: '6.12.1-toy1-1',
  image: 'linux-toy',
  headers: ['linux-toy-headers'],
};
export const other: RowKernel = {
  release: '6.13.0-toy1-1',
  image: 'linux-toy',
  headers: ['linux-toy-headers'],
};
/** In a package of its own. */
const longTerm: RowKernel = {
  release: '6.6.9-1-lts',
  image: 'linux-lts-toy',
  headers: ['linux-lts-toy-headers'],
};

const owned = { 'usr/share/owned': 'by somebody\n' };
const read = 'include/linux/lantern.h';

/** In the middle of a transaction: its files are there, and the hooks after it will never run. */
const killing = (stage: string) => `${stage}() { kill -9 "$PPID"; sleep 5; }\n`;

/** Packs all that rows install. */
export async function packRowPackages(folder: string): Promise<Packages> {
  const headers = async (at: RowKernel, version: string, edits: Readonly<Record<string, string>> = {}) => ({
    ...{ name: at.headers[0] ?? '', version, tree: await headersTree(folder, at.release, edits) },
  });
  const changed = { [read]: '/* changed */\n' };
  const broken = { [read]: '#error "of no use"\n' };
  const specs: Record<string, ToyPackage> = {
    'linux 1': image(kernel, '6.12.1-1'),
    'linux 2': image(kernel, '6.12.1-2'),
    'linux 13': image(other, '6.13.0-1'),
    'lts 1': image(longTerm, '6.6.9-1'),
    'headers 1': await headers(kernel, '6.12.1-1'),
    'headers 2': await headers(kernel, '6.12.1-2', { 'include/linux/kite.h': '/* changed */\n' }),
    'headers 3': await headers(kernel, '6.12.1-3', changed),
    'headers that conflict': conflicting(await headers(kernel, '6.12.1-4', broken)),
    'headers that kill': {
      ...(await headers(kernel, '6.12.1-5', changed)),
      install: killing('post_upgrade'),
    },
    'headers 13': await headers(other, '6.13.0-1'),
    'lts headers 1': await headers(longTerm, '6.6.9-1'),
    ...modulePackages(),
    owner: { name: 'owner', files: owned },
    kmodsmith: await toolkitPackage(folder, '1-1'),
    'kmodsmith 2': await toolkitPackage(folder, '2-1'),
  };
  const packed = Object.entries(specs).map(
    async ([name, spec]) => [name, await packToyPackage(folder, spec)] as const,
  );
  return Object.fromEntries(await Promise.all(packed));
}

const conflicting = (spec: ToyPackage): ToyPackage => ({ ...spec, files: { ...spec.files, ...owned } });

const image = ({ release, image: name }: RowKernel, version: string): ToyPackage => ({
  ...{ name, version },
  files: {
    [`usr/lib/modules/${release}/vmlinuz`]: `the image of ${release}, ${version}\n`,
    [`usr/lib/modules/${release}/pkgbase`]: `${name}\n`,
    [`usr/lib/modules/${release}/kernel/README`]: 'modules go here\n',
    [`usr/lib/modules/${release}/modules.order`]: '',
    [`usr/lib/modules/${release}/modules.builtin`]: '',
  },
});

/** Where Arch has the build tree of a kernel. */
async function headersTree(folder: string, release: string, edits: Readonly<Record<string, string>>) {
  const { tree, whole } = await makeToyHeaders(folder, release, (path) => {
    for (const [file, text] of Object.entries(edits)) writeFileSync(join(path, file), text, { flag: 'a' });
  });
  const modules = join(whole, 'usr/lib/modules', release);
  mkdirSync(modules, { recursive: true });
  renameSync(tree, join(modules, 'build'));
  return whole;
}

/** The columns' modules. */
function modulePackages(): Record<string, ToyPackage> {
  const specs: Record<string, ToyPackage> = {};
  for (const spec of moduleSpecs()) specs[`${spec.name} ${spec.version}`] = { ...spec, depends: 'kmodsmith' };
  for (const column of columns) {
    const make = (version: string) => ({ ...moduleSpec(column, version), depends: 'kmodsmith' });
    specs[`${column}-dkms that conflicts`] = conflicting(make('2.0-9'));
    specs[`${column}-dkms that kills`] = { ...make('2.0-8'), install: killing('post_upgrade') };
  }
  return specs;
}

/** The toolkit as its package has it. */
export async function toolkitPackage(folder: string, version: string): Promise<ToyPackage> {
  const tree = join(folder, `toolkit-${version}`);
  await layOutToolkit(tree, 'pacman');
  const scriptlets = join(tree, 'kmodsmith.install');
  const install = readFileSync(scriptlets, 'utf8');
  rmSync(scriptlets);
  return { name: 'kmodsmith', version, tree, install };
}

/** A system with the toolkit, and a package that others conflict with. */
export async function openPacmanMachine(packages: Packages, policy: string): Promise<PacmanMachine> {
  const root = await openRoot('trixie-pacman');
  const filesOf = (names: readonly string[]) => {
    const files = names.map((name) => {
      const file = packages[name];
      if (file === undefined) throw new Error(`no package is called ${name} here`);
      return file;
    });
    return bringPackages(root, files);
  };
  const run = async (...argv: string[]) => {
    const { stdout, stderr } = await root.run(argv);
    return stdout + stderr;
  };
  const machine: PacmanMachine = {
    ...{ root, kernel, other, run },
    install: async (...names) => run('pacman', '-U', '--noconfirm', ...(await filesOf(names))),
    async installInVain(...names) {
      const argv = ['pacman', '-U', '--noconfirm', ...(await filesOf(names))];
      const { exitCode, stdout, stderr } = await root.run(argv, { allowFailure: true });
      if (exitCode === 0) throw new Error(`${names.join()} was installed`);
      return stdout + stderr;
    },
    remove: (...names) => run('pacman', '-R', '--noconfirm', ...names),
    look: () => lookAround(root, 'pacman -Dkq'),
    [Symbol.asyncDispose]: () => root.dispose(),
  };
  await root.write('/etc/kmodsmith/policy.d/10-row.toml', policy);
  await machine.install('kmodsmith', 'owner');
  return machine;
}
