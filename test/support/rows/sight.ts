import type { TestRoot } from '../roots.ts';

/** The three columns of docs/policy.md, section 4: AUTOINSTALL=yes; not, and installed by hand; not, and not installed. */
export const columns = ['auto', 'hand', 'none'] as const;
export type Column = (typeof columns)[number];

/** Names of packages. */
export interface RowKernel {
  readonly release: string;
  readonly image: string;
  readonly headers: readonly string[];
}

/** What is there of the columns' modules. */
export interface Sight {
  readonly modules: Readonly<Record<Column, ModuleSight>>;
  /** Recorded calls that wait. */
  readonly queued: number;
  /** What the package manager itself finds wrong with packages. */
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
    const file = find('/lib/modules/' + release + '/updates', name) ?? find('/lib/modules/' + release + '/extra', name);
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
const [program, ...words] = process.argv[1].split(' ');
const audit = require('node:child_process').spawnSync(program, words, { encoding: 'utf8' }).stdout;
const modules = Object.fromEntries(process.argv.slice(2).map((name) => [name, look(name)]));
console.log(JSON.stringify({ modules, queued: list('/var/lib/kmodsmith/queue').length, audit }));
`;

/** `audit` is the command that has the package manager say what is wrong. */
export async function lookAround(root: TestRoot, audit: string): Promise<Sight> {
  return JSON.parse((await root.run(['node', '-e', looking, audit, ...columns])).stdout);
}
