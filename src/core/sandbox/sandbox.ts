import { dirname } from 'node:path';
import type { ModuleId } from '../../policy/types.ts';
import { type RunResult, run } from '../../system/exec.ts';
import { processorCount } from '../../system/machine.ts';
import { statsOf } from '../../system/stats.ts';
import { findProgram } from '../build/toolchain.ts';
import type { KernelTree } from '../kernels.ts';
import { type Layout, moduleFolder } from '../layout.ts';
import { type BuildUser, findBuildUser } from './build-user.ts';
import mounter from './mounts.sh';

/** A folder that a sandboxed program sees, where, and whether it may write to it. */
export interface SandboxFolder {
  readonly source: string;
  readonly target: string;
  readonly isWritable: boolean;
}

/** What the programs of a build are kept in (architecture.md, "How the core keeps its promises"). */
export interface Sandbox {
  /** Whose the folders have to be that a program writes to; undefined where that is ourselves. */
  readonly user?: BuildUser;
  /** Whether it shows a folder that is writable in another one's place. */
  readonly showsFolders: boolean;
  /** The words before a command line: its program may write to these folders, to its /tmp, and nowhere else. */
  readonly wrap: (...writable: readonly (string | SandboxFolder)[]) => readonly string[];
}

export interface SandboxWish {
  readonly layout: Layout;
  readonly tree: KernelTree;
  /** What else is seen, in this order. */
  readonly folders?: readonly SandboxFolder[];
}

/**
 * The machine is read-only but for what the build is given, and of /tmp, /run, /dev and /proc it has its own. There is no
 * network, no other process, and no privilege to get back. All of it ends with the program. Tries it out: the kernel or
 * whatever contains us may refuse, and the user may not be allowed to read the kernel's build tree.
 */
export async function findSandbox(wish: SandboxWish): Promise<Sandbox | { readonly because: string }> {
  const { ways, user, reasons } = await findWays(wish.layout.root);
  for (const way of ways) {
    const wrap: Sandbox['wrap'] = (...writable) =>
      way([...seenFolders(wish), ...(wish.folders ?? []), ...writable.map(asFolder)]);
    const problem = await tryOut(wrap, wish);
    if (problem === undefined) return { wrap, showsFolders: true, ...(user && { user }) };
    reasons.push(problem);
  }
  return { because: [...new Set(reasons)].join('; ') };
}

/** Why a sandbox is none for a module: an admin's strict umask makes folders that nobody else may enter. */
export async function findUnreachable(
  sandbox: Sandbox | { readonly because: string },
  { layout, module }: { readonly layout: Layout; readonly module: ModuleId },
): Promise<{ readonly because: string } | undefined> {
  if ('because' in sandbox || sandbox.user === undefined) return undefined;
  const own = moduleFolder(layout, module);
  const closed = [dirname(own), own].find((folder) => isClosedToOthers(folder));
  return closed === undefined ? undefined : { because: `its user may not enter ${closed}` };
}

function isClosedToOthers(folder: string): boolean {
  const mode = statsOf(folder)?.mode;
  return mode !== undefined && (mode & 0o001) === 0;
}

/** The words before a command line that has to do with what it is given to see of the machine. */
export type SandboxWay = (folders: readonly SandboxFolder[]) => readonly string[];

/** The ways into a sandbox for which there are programs, the best one first, and why not the others. */
export async function findWays(
  root: string,
): Promise<{ ways: readonly SandboxWay[]; user: BuildUser | undefined; reasons: string[] }> {
  const user = await findBuildUser(root);
  const ways: SandboxWay[] = [];
  const reasons: string[] = [];
  for (const { program, way } of [
    { program: 'bwrap', way: bubblewrap },
    { program: 'unshare', way: unshare },
  ]) {
    if ((await findProgram(program)) === undefined) reasons.push(`${program} is not installed`);
    else ways.push((folders) => [...way(folders), ...lower(user)]);
  }
  return { ways, user, reasons };
}

/** Where a sandbox has folders of its own. */
const ownFolders = ['/tmp', '/run', '/dev', '/proc'];

/** What a build reads, where that would be out of sight. */
function seenFolders({ layout, tree }: SandboxWish): SandboxFolder[] {
  return foldersToShow([layout.root, layout.dkmsTree, tree.path, ...tree.includedTrees]);
}

/** Those of the folders that a sandbox hides with its own, as they are. */
export function foldersToShow(folders: readonly string[]): SandboxFolder[] {
  return folders
    .filter((path) => ownFolders.some((folder) => path.startsWith(`${folder}/`)))
    .map((path) => ({ source: path, target: path, isWritable: false }));
}

/** A folder by its path is writable, and where it is. */
export function asFolder(folder: string | SandboxFolder): SandboxFolder {
  return typeof folder === 'string' ? { source: folder, target: folder, isWritable: true } : folder;
}

function bubblewrap(folders: readonly SandboxFolder[]): string[] {
  return [
    'bwrap',
    ...['--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    // As the first process: when it is gone, the kernel has ended all others.
    ...['--die-with-parent', '--as-pid-1', '--setenv', 'HOME', '/tmp'],
    ...['--ro-bind', '/', '/', '--perms', '1777', '--tmpfs', '/tmp', '--tmpfs', '/run'],
    ...['--dev', '/dev', '--proc', '/proc'],
    ...folders.flatMap(({ source, target, isWritable }) => [
      ...[isWritable ? '--bind' : '--ro-bind', source, target],
    ]),
    ...['--remount-ro', '/run', '--'],
  ];
}

/** For root, where there is no bubblewrap, or where it cannot change the root: in a plain chroot(2). */
function unshare(folders: readonly SandboxFolder[]): string[] {
  const words = folders.flatMap(({ source, target, isWritable }) => [
    isWritable ? 'rw' : 'ro',
    source,
    target,
  ]);
  return [
    ...['unshare', '--mount', '--pid', '--net', '--ipc', '--uts', '--cgroup', '--fork', '--kill-child'],
    ...['sh', '-c', mounter, 'kmodsmith', ...words, '--'],
  ];
}

/** Bytes of one file, and processes of the user on the whole machine: a big kbuild run has some four a job. */
const limits = { file: 2 * 1024 ** 3, processes: Math.max(2048, 32 * processorCount) };

/** Gives up what privileges there are; the shell is the first process in the program's stead. */
function lower(user: BuildUser | undefined): string[] {
  const shell = ['sh', '-c', '"$@"; exit $?', 'kmodsmith'];
  const files = ['--core=0', `--fsize=${limits.file}`];
  if (user === undefined) return ['prlimit', ...files, '--', ...shell];
  return [
    ...['prlimit', ...files, `--nproc=${limits.processes}`, '--'],
    ...['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--no-new-privs'],
    ...['--inh-caps=-all', '--bounding-set=-all', '--', ...shell],
  ];
}

const test = 'for folder; do cd "$folder" && ls >/dev/null || exit 3; done 2>&1';

async function tryOut(wrap: Sandbox['wrap'], { layout, tree }: SandboxWish): Promise<string | undefined> {
  const argv = [...wrap(), 'sh', '-c', test, 'sh', tree.path, layout.dkmsTree];
  const result = await run(argv, { cwd: '/', timeoutSeconds: 20 });
  if (result.exitCode === 0) return undefined;
  const why = whyNot(argv, result);
  return result.exitCode === 3
    ? `its user cannot read what it needs (${why.replace(/^sh: \d+: /, '')})`
    : why;
}

/** What a command line that did not come to its program said of it, as a clause. */
export function whyNot(argv: readonly string[], { exitCode, stdout, stderr }: RunResult): string {
  const [line = ''] = `${stdout}${stderr}`.trim().split('\n');
  return line === '' ? `${argv[0]} ended with status ${exitCode}` : line;
}
