import { join, resolve } from 'node:path';
import { KmodsmithError } from '../../errors.ts';
import { kindOf, makeFolder, realPath } from '../../system/files.ts';
import { filesBelow } from '../../system/fingerprint.ts';
import { type KernelTree, readKernelTree, releaseFile, releaseOfTree } from '../kernels.ts';
import type { Layout } from '../layout.ts';
import { relocateLinks, relocateMakefile } from './relocate.ts';
import { readFolderTree, readUnpackedTree } from './tree.ts';
import { unpackPackage } from './unpack.ts';

export interface HeadersQuestion {
  readonly layout: Layout;
  readonly release: string;
  /** Host paths: a build tree, or the packages that one is split into; none for the headers that are installed. */
  readonly paths: readonly string[];
  /** A private folder for what packages bring. */
  readonly folder: string | undefined;
}

/**
 * The build tree to look at. What is wrong with it, readKernel says.
 * @throws KmodsmithError USAGE, FILE_MISSING, ARCHIVE_INVALID, COMMAND_FAILED, HEADERS_MISSING, HEADERS_UNUSABLE when
 * the packages are for other kernels.
 */
export async function readHeaders(question: HeadersQuestion): Promise<KernelTree> {
  const { layout, release, paths, folder = '' } = question;
  const kinds = await Promise.all(paths.map(kindOf));
  const [path] = paths;
  if (path === undefined) return readKernelTree(layout, release);
  const missing = paths.find((_, index) => kinds[index] !== 'file' && kinds[index] !== 'folder');
  if (missing !== undefined) {
    const hint = 'Give the path of a build tree, or of the packages that the headers come in.';
    throw new KmodsmithError('FILE_MISSING', `there are no headers to read at ${missing}`, { hint });
  }
  if (!kinds.includes('folder')) return readPackages(question, folder);
  if (paths.length === 1) return readFolderTree(layout, release, path);
  throw new KmodsmithError('USAGE', 'a build tree and something else are given as headers', {
    hint: 'Give one build tree, or all packages that the headers are split into.',
  });
}

async function readPackages(
  { layout, release, paths }: HeadersQuestion,
  folder: string,
): Promise<KernelTree> {
  const unpacked = join(await realPath(folder), 'unpacked');
  await makeFolder(unpacked);
  for (const file of paths) await unpackPackage(file, unpacked);
  await relocateLinks({ unpacked, root: layout.root });
  const path = await findTree(unpacked, { release, paths });
  const originals = await relocateMakefile(path, { unpacked, originals: join(folder, 'originals') });
  return readUnpackedTree(layout, release, { path, unpacked, originals });
}

/** Wherever a distribution puts it: what makes a folder a build tree is that it knows its release. */
async function findTree(
  unpacked: string,
  { release, paths }: Pick<HeadersQuestion, 'release' | 'paths'>,
): Promise<string> {
  const trees = filesBelow(unpacked)
    .filter((path) => path.endsWith(`/${releaseFile}`))
    .map((path) => join(unpacked, path.slice(0, -releaseFile.length)));
  const releases = await Promise.all(trees.map(releaseOfTree));
  const found = trees[releases.indexOf(release)];
  if (found !== undefined) return resolve(found);
  const names = paths.join(', ');
  const others = [...new Set(releases.filter((other) => other !== undefined))];
  const hint = `Give the headers package of ${release}, with those that it is split into.`;
  if (others.length === 0)
    throw new KmodsmithError('HEADERS_MISSING', `there is no build tree of a kernel in ${names}`, { hint });
  throw new KmodsmithError(
    'HEADERS_UNUSABLE',
    `${names} is for ${others.join(' and ')}, not for ${release}`,
    {
      hint,
    },
  );
}
