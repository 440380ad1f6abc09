import { join } from 'node:path';
import {
  copyPreserving,
  exists,
  linkAtomically,
  listFolder,
  makeFolder,
  readTextIfPresent,
  realPath,
  writeAtomically,
} from '../../system/files.ts';
import { insideRoot, resolveInRoot } from '../../system/root.ts';
import type { GivenTree } from '../kernels.ts';

export interface Relocation {
  /** The folder with what packages would lay down below the root. */
  readonly unpacked: string;
  /** The root of the machine: what the packages leave out may be there already. */
  readonly root: string;
}

/** Lets every symlink lead to where it would once the packages are installed. */
export async function relocateLinks(relocation: Relocation): Promise<void> {
  const links = await findLinks(relocation.unpacked);
  // All of them before any is changed: one may lead through another.
  const targets = await Promise.all(links.map((link) => findTarget(link, relocation)));
  for (const [index, link] of links.entries()) {
    const target = targets[index];
    const present = await realPath(link).catch(() => undefined);
    if (target !== undefined && target !== present) await linkAtomically(target, link);
  }
}

async function findLinks(folder: string): Promise<string[]> {
  const entries = await listFolder(folder);
  const found = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return findLinks(path);
    return entry.isSymbolicLink() ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}

/** What the packages bring comes before what is there. */
async function findTarget(link: string, { unpacked, root }: Relocation): Promise<string | undefined> {
  const own = await resolveInRoot(unpacked, insideRoot(unpacked, link));
  if (await exists(own)) return realPath(own);
  const present = await resolveInRoot(root, insideRoot(unpacked, own));
  return (await exists(present)) ? realPath(present) : undefined;
}

/** A Makefile that only leads to the real one is short; those of the kernel itself name no place on the disk. */
const longestMakefile = 4096;

const absolutePath = /(?<![\w.)}])\/[\w@%+=:,.~/-]+/g;

/**
 * Lets a build tree's Makefile name what the packages bring by where it is now, as Debian's does with its common headers.
 * Returns where the Makefile is that was there before, a copy below `originals`.
 */
export async function relocateMakefile(
  tree: string,
  { unpacked, originals }: { readonly unpacked: string; readonly originals: string },
): Promise<GivenTree['moved']> {
  const path = join(tree, 'Makefile');
  const text = (await readTextIfPresent(path).catch(() => undefined)) ?? '';
  if (text.length > longestMakefile) return [];
  const brought = new Set<string>();
  for (const [word] of text.matchAll(absolutePath)) if (await exists(join(unpacked, word))) brought.add(word);
  if (brought.size === 0) return [];
  const copy = join(originals, 'Makefile');
  await makeFolder(originals);
  await copyPreserving(path, copy);
  const relocated = text.replaceAll(absolutePath, (word) =>
    brought.has(word) ? join(unpacked, word) : word,
  );
  await writeAtomically(path, relocated);
  return [{ from: path, to: copy }];
}
