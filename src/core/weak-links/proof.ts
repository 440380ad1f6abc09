import { dirname, join, relative } from 'node:path';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import { syncFolder } from '../../system/durable.ts';
import {
  existsAsEntry,
  listFolder,
  pruneEmptyFolders,
  readTextIfPresent,
  removeTree,
  writeAtomically,
} from '../../system/files.ts';
import { filesBelow } from '../../system/fingerprint.ts';
import { type Layout, modulesFolder, weakFolder } from '../layout.ts';
import type { InputFile } from '../provenance/provenance.ts';
import type { WeakLink } from './weak-link.ts';

/** What was compared when a module that was built for one kernel was found to fit another one. Paths are inside the root. */
export interface WeakProof {
  readonly version: 1;
  readonly module: ModuleId;
  readonly builtFor: KernelId;
  /** Release of the kernel that has the link. */
  readonly kernel: string;
  readonly link: string;
  /** The module file that the link leads to. */
  readonly file: InputFile;
  /** Where the kernel's symbols came from. */
  readonly symvers: InputFile;
  /** Modules of other packages whose exports it needs. */
  readonly exporters: readonly InputFile[];
  /** How many symbols were compared, and which, with the CRCs that both sides have. */
  readonly compared: number;
  readonly symbols: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

type Named = Pick<WeakLink, 'release' | 'path'>;

const suffix = '.json';

/** By the path of the link: two of them may lead to modules of one name. */
function proofFile(layout: Layout, { release, path }: Named): string {
  const folder = join(modulesFolder(layout, release), weakFolder);
  return join(layout.weak, release, `${relative(folder, join(layout.root, path))}${suffix}`);
}

export async function readProof(layout: Layout, link: Named): Promise<WeakProof | undefined> {
  const text = await readTextIfPresent(proofFile(layout, link)).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const document: unknown = JSON.parse(text);
    return isProof(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

/** Whether all is there by which it is decided whether it still stands. */
function isProof(document: unknown): document is WeakProof {
  const found = document as Partial<WeakProof> | null;
  const files = [
    found?.file,
    found?.symvers,
    ...(Array.isArray(found?.exporters) ? found.exporters : [undefined]),
  ];
  const names = [
    found?.module?.name,
    found?.module?.version,
    found?.builtFor?.release,
    found?.builtFor?.arch,
  ];
  return (
    found?.version === 1 &&
    files.every((file) => typeof file?.path === 'string') &&
    names.every((name) => typeof name === 'string')
  );
}

/** @throws KmodsmithError WRITE_FAILED. */
export async function writeProof(layout: Layout, proof: WeakProof): Promise<void> {
  const file = proofFile(layout, { release: proof.kernel, path: proof.link });
  await writeAtomically(file, JSON.stringify(proof));
  await syncFolder(dirname(file));
}

/** @throws KmodsmithError WRITE_FAILED. */
export async function forgetProof(layout: Layout, link: Named): Promise<void> {
  const file = proofFile(layout, link);
  await removeTree(file);
  await pruneEmptyFolders(dirname(file), layout.weak);
}

/** Proofs of links that are gone: host paths. */
export async function listVoidProofs(layout: Layout, releases?: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const release of releases ?? (await listFolder(layout.weak)).map(({ name }) => name)) {
    const folder = join(layout.weak, release);
    for (const name of filesBelow(folder, (file) => file.endsWith(suffix))) {
      const link = join(modulesFolder(layout, release), weakFolder, name.slice(0, -suffix.length));
      if (!(await existsAsEntry(link))) found.push(join(folder, name));
    }
  }
  return found;
}

/** @throws KmodsmithError WRITE_FAILED. */
export async function forgetVoidProofs(layout: Layout, release: string): Promise<void> {
  for (const path of await listVoidProofs(layout, [release])) {
    await removeTree(path);
    await pruneEmptyFolders(dirname(path), layout.weak);
  }
}
