import { join } from 'node:path';
import { run } from '../../system/exec.ts';
import { kindOf, kindOfSync, linkAtomically, listFolder, makeFolder } from '../../system/files.ts';
import type { KernelTree } from '../kernels.ts';
import type { Layout } from '../layout.ts';
import type { SandboxFolder } from '../sandbox/sandbox.ts';

/** What trial builds see of the machine. */
export interface IsolationWish {
  /** Of the machine. */
  readonly layout: Layout;
  readonly tree: KernelTree;
  /** Private. */
  readonly folder: string;
  /** The private folder that stands in for the tree of dkms. */
  readonly dkmsTree: string;
}

/** A folder of the machine, and the private one that is seen in its place. */
interface Cover {
  readonly target: string;
  readonly by: string;
  /** Where the covered folder can still be seen. */
  readonly kept: string;
}

/** Mounts for the program after `--` alone: nobody else sees them, and they are gone when it ends. */
const mounter = `
while [ "$1" != -- ]; do
  mount --rbind "$1" "$3" && mount --rbind "$2" "$1" || exit 125
  shift 3
done
shift
exec "$@"
`;

export interface Isolation {
  /** The words that make a program see the trial; none where the kernel lets us have no mount namespace. */
  readonly wrapper?: readonly string[];
  /** Whether /lib/modules/<release>/build leads to the build tree. */
  readonly hasPlace: boolean;
  /** The same for a sandbox: what it sees, and by what other paths it has to see what is lent to it. */
  readonly folders: readonly SandboxFolder[];
  readonly aliases: (folder: string) => readonly SandboxFolder[];
}

/**
 * Many a Makefile names /lib/modules/<release>/build and many a dkms.conf the tree of dkms by their own paths: trial builds
 * find theirs there, where that can be.
 */
export async function isolate(wish: IsolationWish): Promise<Isolation> {
  const isInstalled = wish.tree.given === undefined;
  const modules = isInstalled ? [] : await findPresent(await coverModules(wish));
  const covers = [...(await findPresent(await coverTree(wish))), ...modules];
  const seen = { folders: seenFolders(wish, covers), aliases: (path: string) => findAliases(covers, path) };
  const words = covers.flatMap(({ target, by, kept }) => [target, by, kept]);
  const inner = ['sh', '-c', mounter, 'kmodsmith', ...words, '--'];
  for (const identity of [[], ['--user', '--map-root-user']]) {
    const wrapper = ['unshare', '--mount', ...identity, ...inner];
    const tried = await run([...wrapper, 'true']).catch(() => undefined);
    if (tried?.exitCode === 0) return { ...seen, wrapper, hasPlace: isInstalled || modules.length > 0 };
  }
  return { ...seen, hasPlace: isInstalled };
}

/** The private folder is where nobody else may look; of what is in it, a sandbox sees what builds are made with. */
function seenFolders({ folder }: IsolationWish, covers: readonly Cover[]): SandboxFolder[] {
  const show = (source: string, target: string) => ({ source, target, isWritable: false });
  const unpacked = join(folder, 'unpacked');
  return [
    ...(kindOfSync(unpacked) === 'folder' ? [show(unpacked, unpacked)] : []),
    ...covers.flatMap(({ target, by, kept }) => [show(by, by), show(target, kept), show(by, target)]),
  ];
}

function findAliases(covers: readonly Cover[], path: string): SandboxFolder[] {
  return covers
    .filter(({ by }) => path.startsWith(`${by}/`))
    .map(({ by, target }) => ({
      source: path,
      target: join(target, path.slice(by.length)),
      isWritable: true,
    }));
}

/** Where nothing is, nothing can be covered, and making a folder there would change the machine. */
async function findPresent(cover: Cover): Promise<Cover[]> {
  return (await kindOf(cover.target)) === 'folder' ? [cover] : [];
}

async function coverTree({ layout, folder, dkmsTree }: IsolationWish): Promise<Cover> {
  const kept = join(folder, 'machine-dkms');
  await makeFolder(kept);
  return { target: layout.root === '/' ? layout.dkmsTree : '/var/lib/dkms', by: dkmsTree, kept };
}

/** Everything as it is, but for the kernel's links to its build tree. */
async function coverModules({ layout, tree, folder }: IsolationWish): Promise<Cover> {
  const target = layout.root === '/' ? layout.installTree : '/lib/modules';
  const cover = { target, by: join(folder, 'modules'), kept: join(folder, 'machine-modules') };
  const own = join(cover.by, tree.release);
  await makeFolder(own);
  await makeFolder(cover.kept);
  for (const { name } of await listFolder(target))
    if (name !== tree.release) await linkAtomically(join(cover.kept, name), join(cover.by, name));
  for (const { name } of await listFolder(join(target, tree.release)))
    await linkAtomically(join(cover.kept, tree.release, name), join(own, name));
  await linkAtomically(tree.path, join(own, 'build'));
  await linkAtomically(tree.includedTrees[0] ?? tree.path, join(own, 'source'));
  return cover;
}
