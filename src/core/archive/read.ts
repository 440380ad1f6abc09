import { dirname, join } from 'node:path';
import { KmodsmithError } from '../../errors.ts';
import { type AdmittedMember, quote, staysBelow } from '../../formats/archive-member.ts';
import { kindOf, listFolder, makeFolder, removeTree } from '../../system/files.ts';
import { filesBelow } from '../../system/fingerprint.ts';
import { makeTemporaryFolder } from '../../system/unpacked-files.ts';
import { isArch, isBuildFolder } from '../tree.ts';
import { type UnpackLimits, unpackArchive } from './unpack.ts';

/** An archive that is unpacked in a folder of ours and found sound, until it is disposed of. */
export interface OpenedArchive extends AsyncDisposable {
  readonly file: string;
  /**
   * `whole`: as mktarball makes it, with a source; `binaries`: with no more of that than its dkms.conf; `source`: any archive
   * that holds a module's source.
   */
  readonly kind: 'whole' | 'binaries' | 'source';
  /** The folder that holds the dkms.conf. */
  readonly source: string;
  readonly builds: readonly ArchivedBuild[];
}

export interface ArchivedBuild {
  readonly release: string;
  readonly arch: string;
  readonly folder: string;
}

export interface OpeningArchive {
  readonly file: string;
  /** Below which it is unpacked (tmp_location of framework.conf). */
  readonly temporaryFolder: string;
  readonly limits?: UnpackLimits;
}

/**
 * Unpacks an archive that mktarball made, or one of a module's source, and checks its form (dkms-compat.md section 6.13). Runs
 * nothing of what it holds.
 * @throws KmodsmithError FILE_MISSING, NOT_AN_ARCHIVE, ARCHIVE_INVALID, ARCHIVE_UNSAFE, COMMAND_FAILED, WRITE_FAILED.
 */
export async function openArchive({ file, temporaryFolder, limits }: OpeningArchive): Promise<OpenedArchive> {
  await requireFile(file);
  const temporary = await makeTemporaryFolder(temporaryFolder);
  try {
    const folder = join(temporary.path, 'unpacked');
    await makeFolder(folder);
    const { links } = await unpackArchive(file, folder, limits);
    const parts = await findParts(file, folder);
    refuseOutwardLinks(file, { folder, links, parts });
    return { file, ...parts, [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose]() };
  } catch (error) {
    await temporary[Symbol.asyncDispose]();
    throw error;
  }
}

async function requireFile(file: string): Promise<void> {
  const kind = await kindOf(file);
  if (kind === 'file') return;
  const hint = 'Give the path of an archive.';
  if (kind === 'missing' || file === '')
    throw new KmodsmithError('FILE_MISSING', `there is no archive '${file}'`, { hint });
  const why = kind === 'unreadable' ? 'may not be read by us' : 'is no regular file';
  throw new KmodsmithError('NOT_AN_ARCHIVE', `${file} ${why}`, { hint });
}

type Parts = Pick<OpenedArchive, 'kind' | 'source' | 'builds'>;

async function findParts(file: string, folder: string): Promise<Parts> {
  const mainTree = join(folder, 'dkms_main_tree');
  if ((await kindOf(mainTree)) !== 'folder') return findSource(file, folder);
  for (const [kind, name] of [
    ['whole', 'dkms_source_tree'],
    ['binaries', 'dkms_binaries_only'],
  ] as const) {
    const source = join(folder, name);
    if ((await kindOf(join(source, 'dkms.conf'))) !== 'file') continue;
    if (kind === 'binaries') await keepConfAlone(source);
    return { kind, source, builds: await findBuilds(file, mainTree) };
  }
  throw invalid(
    file,
    'it has a dkms_main_tree, but no dkms.conf in a dkms_source_tree or dkms_binaries_only beside it',
  );
}

/** The names of module and version beside it say nothing that it does not say itself. */
async function keepConfAlone(source: string): Promise<void> {
  for (const { name } of await listFolder(source))
    if (name !== 'dkms.conf') await removeTree(join(source, name));
}

/** Where the dkms.conf is that is least deep; of several the first by name. */
function findSource(file: string, folder: string): Parts {
  const [found] = filesBelow(folder)
    .filter((path) => path === 'dkms.conf' || path.endsWith('/dkms.conf'))
    .sort((a, b) => a.split('/').length - b.split('/').length);
  if (found !== undefined) return { kind: 'source', source: dirname(join(folder, found)), builds: [] };
  throw new KmodsmithError('NOT_AN_ARCHIVE', `${file} holds no dkms.conf, so it is no archive of a module`, {
    hint: "'dkms mktarball' and 'kmodsmith export' make such archives.",
  });
}

async function findBuilds(file: string, mainTree: string): Promise<ArchivedBuild[]> {
  const builds: ArchivedBuild[] = [];
  for (const release of await listFolder(mainTree)) {
    for (const arch of await listFolder(join(mainTree, release.name))) {
      const folder = join(mainTree, release.name, arch.name);
      if (!isBuildFolder(release.name) || !isArch(arch.name))
        throw invalid(file, `${quote(`${release.name}/${arch.name}`)} is no kernel and architecture`);
      if ((await kindOf(join(folder, 'module'))) !== 'folder')
        throw invalid(file, `its build for ${release.name} (${arch.name}) has no module folder`);
      builds.push({ release: release.name, arch: arch.name, folder });
    }
  }
  return builds;
}

interface Placed {
  readonly folder: string;
  readonly links: readonly AdmittedMember[];
  readonly parts: Parts;
}

/** A part is placed by itself, so its links must not even lead into another part. */
function refuseOutwardLinks(file: string, { folder, links, parts }: Placed): void {
  const floors = [parts.source, ...parts.builds.map((build) => build.folder)].map((path) =>
    path.slice(folder.length + 1),
  );
  for (const { path, target, name } of links) {
    const floor = floors.find((candidate) => candidate === '' || path.startsWith(`${candidate}/`));
    const isPart = floors.some((candidate) => `${candidate}/`.startsWith(`${path}/`));
    if (!isPart && (floor === undefined || staysBelow(floor, { path, target }))) continue;
    throw new KmodsmithError(
      'ARCHIVE_UNSAFE',
      `${file}: ${quote(name)} is a link to ${quote(target)}, outside ${quote(floor ?? path)}`,
      { hint: 'Nothing was loaded. Get the archive from whoever made it, or make it anew.' },
    );
  }
}

function invalid(file: string, why: string): KmodsmithError {
  return new KmodsmithError('ARCHIVE_INVALID', `${file} is no archive of a module: ${why}`, {
    hint: "'dkms mktarball' and 'kmodsmith export' make such archives.",
  });
}
