import { bringDebs, installDebs, installToolkit, withoutInitramfs } from '../install.ts';
import type { TestRoot } from '../roots.ts';

/** The three columns of docs/policy.md, section 4: AUTOINSTALL=yes; not, and installed by hand; not, and not installed. */
export const columns = ['auto', 'hand', 'none'] as const;
export type Column = (typeof columns)[number];

/** .debs of the host by what a row calls them; several where a kernel's headers are several packages. */
export type Debs = Readonly<Record<string, readonly string[]>>;

/** Names of packages. */
export interface RowKernel {
  readonly release: string;
  readonly image: string;
  readonly headers: readonly string[];
}

/** A Debian on which rows of the matrix are played. */
export interface RowMachine extends AsyncDisposable {
  readonly root: TestRoot;
  /** What events are about, and one that comes and goes beside it. */
  readonly kernel: RowKernel;
  readonly other: RowKernel;
  /** Installs, upgrades, downgrades or reinstalls these by apt, in one transaction; returns what was said. */
  install(...debs: string[]): Promise<string>;
  /** By dpkg, which does not mind what else is missing. */
  installAlone(deb: string): Promise<string>;
  /** The same, which is expected to fail. */
  installInVain(deb: string): Promise<string>;
  remove(...packages: string[]): Promise<string>;
  run(...argv: string[]): Promise<string>;
  look(): Promise<Sight>;
}

/** What is there of the columns' modules. */
export interface Sight {
  readonly modules: Readonly<Record<Column, ModuleSight>>;
  /** Recorded calls that wait. */
  readonly queued: number;
  /** What dpkg itself finds wrong with packages. */
  readonly audit: string;
}

interface ModuleSight {
  readonly registered: readonly string[];
  /** By release: the version whose build the kernel would load, and when that was started. */
  readonly installed: Readonly<Record<string, { readonly version: string; readonly startedAt: number }>>;
  /** Releases that the tree has builds for. */
  readonly built: readonly string[];
}

/** Reads it all at once, inside the machine; a file that is not that of a build has no version, and one may not be in the index. */
const looking = `
const { existsSync, lstatSync, readdirSync, readFileSync } = require('node:fs');
const list = (path) => (existsSync(path) ? readdirSync(path) : []);
const isFolder = (path) => lstatSync(path).isDirectory();
function find(path, name) {
  for (const entry of list(path)) {
    const at = path + '/' + entry;
    const found = isFolder(at) ? find(at, name) : entry.startsWith(name + '.ko') ? at : undefined;
    if (found) return found;
  }
}
function look(name) {
  const tree = '/var/lib/dkms/' + name;
  const registered = list(tree).filter((entry) => isFolder(tree + '/' + entry)).sort();
  const builds = registered.flatMap((version) =>
    list(tree + '/' + version).filter((release) => find(tree + '/' + version + '/' + release, name)).map((release) => ({ version, release })));
  const installed = {};
  for (const release of list('/lib/modules')) {
    const file = find('/lib/modules/' + release + '/updates', name);
    if (file === undefined) continue;
    const index = existsSync('/lib/modules/' + release + '/modules.dep') ? readFileSync('/lib/modules/' + release + '/modules.dep', 'utf8') : '';
    const build = builds.find((build) => build.release === release &&
      readFileSync(find(tree + '/' + build.version + '/' + release, name)).equals(readFileSync(file)));
    const told = build && JSON.parse(readFileSync(tree + '/' + build.version + '/' + release + '/x86_64/provenance.json', 'utf8'));
    const listed = index.includes('/' + name + '.ko') ? '' : ', not in the index,';
    installed[release] = { version: (build?.version ?? 'unknown') + listed, startedAt: told?.startedAt ?? 0 };
  }
  return { registered, built: builds.map(({ release }) => release), installed };
}
const audit = require('node:child_process').spawnSync('dpkg', ['--audit'], { encoding: 'utf8' }).stdout;
const modules = Object.fromEntries(process.argv.slice(1).map((name) => [name, look(name)]));
console.log(JSON.stringify({ modules, queued: list('/var/lib/kmodsmith/queue').length, audit }));
`;

/** What machines of all kinds can do. */
export function machineOn(
  root: TestRoot,
  { debs, kernel, other }: { debs: Debs; kernel: RowKernel; other: RowKernel },
): RowMachine {
  const env = withoutInitramfs;
  const run = async (...argv: string[]) => {
    const { stdout, stderr } = await root.run(argv, { env });
    return stdout + stderr;
  };
  const filesOf = (name: string) => {
    const files = debs[name];
    if (files === undefined) throw new Error(`no package is called ${name} here`);
    return files;
  };
  return {
    ...{ root, kernel, other, run },
    install: (...names) =>
      installDebs(root, names.flatMap(filesOf), { options: ['--reinstall', '--allow-downgrades'], env }),
    installAlone: async (name) => run('dpkg', '--install', ...(await bringDebs(root, filesOf(name)))),
    async installInVain(name) {
      const argv = ['dpkg', '--install', ...(await bringDebs(root, filesOf(name)))];
      const { exitCode, stdout, stderr } = await root.run(argv, { env, allowFailure: true });
      if (exitCode === 0) throw new Error(`${name} was installed`);
      return stdout + stderr;
    },
    remove: (...packages) => run('apt-get', 'remove', ...packages),
    async look() {
      return JSON.parse((await root.run(['node', '-e', looking, ...columns])).stdout);
    },
    [Symbol.asyncDispose]: () => root.dispose(),
  };
}

/** Installs the toolkit; the policy is what the row's preset says. */
export async function installWithPolicy(root: TestRoot, policy: string): Promise<void> {
  await root.write('/etc/kmodsmith/policy.d/10-row.toml', policy);
  await installToolkit(root);
}
