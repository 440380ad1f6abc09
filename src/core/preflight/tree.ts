import { join } from 'node:path';
import type { ConfValues } from '../conf/directive-names.ts';
import type { ConfResult } from '../conf/dkms-conf.ts';
import { type GivenTree, type KernelTree, readKernelTree } from '../kernels.ts';
import { type Layout, modulesFolder } from '../layout.ts';

type Moved = GivenTree['moved'];

/** Where files of a kernel's own build tree are in the one that stands in for it. */
export function locator({ moved }: GivenTree): (path: string) => string {
  return (path) => {
    const found = moved.find(({ from }) => path === from || path.startsWith(`${from}/`));
    return found === undefined ? path : found.to + path.slice(found.from.length);
  };
}

/** What a dkms.conf said about a tree that stands in for another one, as it would say it of that one in its place. */
export function asInstalled(result: ConfResult, { path, config, given }: KernelTree): ConfResult {
  if (given === undefined || 'error' in result) return result;
  const back = locator({ ...given, moved: given.moved.map(({ from, to }) => ({ from: to, to: from })) });
  const settle = (text: string) => {
    const settled = config === undefined ? text : text.replaceAll(config.path, back(config.path));
    return settled.replaceAll(path, given.place);
  };
  const entries = Object.entries(result.values).map(([name, values]): [string, ConfValues[string]] => [
    name,
    Object.fromEntries(Object.entries(values).map(([index, text]) => [index, settle(text)])),
  ]);
  return { ...result, values: Object.fromEntries(entries) };
}

/** A build tree somewhere on the host, in place of the one that the kernel's build link leads to. */
export async function readFolderTree(layout: Layout, release: string, folder: string): Promise<KernelTree> {
  const own = await readKernelTree(layout, release);
  const tree = await readKernelTree(layout, release, { sourceFolder: folder });
  if (tree.path === own.path) return own;
  const common = own.includedTrees.slice(0, tree.includedTrees.length);
  const moved = [
    { from: own.path, to: tree.path },
    ...common.map((from, index) => ({ from, to: tree.includedTrees[index] ?? from })),
  ];
  return { ...tree, given: { place: placeOf(layout, release, own.path), moved } };
}

export interface UnpackedTree {
  /** Host path; below `unpacked`. */
  readonly path: string;
  /** The folder that stands in for the root. */
  readonly unpacked: string;
  /** Files that are no longer what the package holds, and copies that are. */
  readonly originals: Moved;
}

/** A build tree that packages would bring. */
export async function readUnpackedTree(
  layout: Layout,
  release: string,
  { path, unpacked, originals }: UnpackedTree,
): Promise<KernelTree> {
  const tree = await readKernelTree(layout, release, { sourceFolder: path });
  const installed = (place: string) => join(layout.root, place.slice(unpacked.length));
  const folders = [tree.path, ...tree.includedTrees].filter((folder) => folder.startsWith(`${unpacked}/`));
  const moved = [
    ...originals.map(({ from, to }) => ({ from: installed(from), to })),
    ...folders.map((folder) => ({ from: installed(folder), to: folder })),
  ];
  return { ...tree, given: { place: placeOf(layout, release, installed(path)), moved } };
}

/** As `confVariables` has it for a kernel that is installed. */
function placeOf(layout: Layout, release: string, path: string): string {
  return layout.root === '/' ? join(modulesFolder(layout, release), 'build') : path;
}
