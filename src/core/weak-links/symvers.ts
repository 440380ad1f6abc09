import { join } from 'node:path';
import { readDecompressed } from '../../system/decompress.ts';
import { exists } from '../../system/files.ts';
import { insideRoot, resolveInRoot } from '../../system/root.ts';
import { type KernelTree, releaseOfTree } from '../kernels.ts';
import { type Layout, modulesFolder } from '../layout.ts';

/** A file that says what a kernel and its own modules export. */
export interface SymversFile {
  /** Absolute path inside the root. */
  readonly path: string;
  /** Host path, links followed. */
  readonly place: string;
}

const suffixes = ['.gz', '.xz', '.zst'];

/**
 * The first that is there: that of the headers, where they are of this kernel, then what kernel packages bring for
 * weak-modules and weak-modules2. Only that one counts, also where it cannot be read.
 */
export async function findSymvers(layout: Layout, tree: KernelTree): Promise<SymversFile | undefined> {
  const { release } = tree;
  const own = join(tree.path, 'Module.symvers');
  if ((await exists(own)) && (await releaseOfTree(tree.path)) === release)
    return { path: insideRoot(layout.root, own), place: own };
  const others = [
    join(modulesFolder(layout, release), 'symvers'),
    join(layout.bootFolder, `symvers-${release}`),
  ];
  for (const name of others.flatMap((base) => suffixes.map((suffix) => `${base}${suffix}`))) {
    const path = insideRoot(layout.root, name);
    const place = await resolveInRoot(layout.root, path);
    if (await exists(place)) return { path, place };
  }
  return undefined;
}

/** Its text, decompressed as its beginning says; undefined for what cannot be read. */
export async function readSymvers({ place }: SymversFile): Promise<string | undefined> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of readDecompressed(place)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  } catch {
    return undefined;
  }
}
