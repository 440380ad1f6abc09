import { basename, dirname, extname, join, resolve } from 'node:path';
import { KmodsmithError, messageOf } from '../../errors.ts';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import { run, runChecked } from '../../system/exec.ts';
import {
  copyAtomically,
  isWritable,
  kindOf,
  makeFolder,
  modificationTime,
  removeTree,
  writeAtomically,
} from '../../system/files.ts';
import { filesBelow } from '../../system/fingerprint.ts';
import { makeTemporaryFolder } from '../../system/unpacked-files.ts';
import { type Layout, moduleFolder, resultFolder } from '../layout.ts';

export interface WritingArchive {
  readonly layout: Layout;
  readonly module: ModuleId;
  /** The builds that go into it, and into its name; with `source` only into neither. */
  readonly kernels: readonly KernelId[];
  readonly content: ArchiveContent;
  /** Where to; a bare name goes to the module's own folder for archives. Default: there, by a name that tells the content. */
  readonly file?: string | undefined;
  /** The module's dkms.conf, for `binaries`. */
  readonly conf: string;
  /** Where the source is, for the others. */
  readonly sourceFolder: string;
  readonly temporaryFolder: string;
  /** The time of all members, in seconds since the epoch (SOURCE_DATE_EPOCH); default: that of the youngest source file. */
  readonly epoch?: string | undefined;
  /** Only find out what would be done. */
  readonly dryRun?: boolean;
}

/** Source and builds, the source alone, or builds with no more than the dkms.conf. */
export type ArchiveContent = 'all' | 'source' | 'binaries';

export interface WrittenArchive {
  readonly module: ModuleId;
  readonly file: string;
  readonly content: ArchiveContent;
  readonly kernels: readonly KernelId[];
}

/**
 * Packs builds and source of a module as dkms does (dkms-compat.md section 6.12), so that any dkms can load it. The same content
 * gives the same bytes. What is at `file` stays until the new archive is complete.
 * @throws KmodsmithError NOT_BUILT, FOLDER_UNWRITABLE, ARCHIVE_FAILED, WRITE_FAILED.
 */
export async function writeArchive(writing: WritingArchive): Promise<WrittenArchive> {
  const { module, content } = writing;
  const kernels = content === 'source' ? [] : writing.kernels;
  await requireBuilds(writing, kernels);
  const file = targetOf(writing, kernels);
  await requireFolder(file, writing.dryRun === true);
  if (writing.dryRun !== true) await pack(file, { ...writing, kernels });
  return { module, file, content, kernels };
}

async function requireBuilds(
  { layout, module }: WritingArchive,
  kernels: readonly KernelId[],
): Promise<void> {
  for (const kernel of kernels) {
    if ((await kindOf(join(resultFolder(layout, { module, ...kernel }), 'module'))) === 'folder') continue;
    const label = `${module.name}/${module.version}`;
    throw new KmodsmithError(
      'NOT_BUILT',
      `${label} cannot be packed: it is not built for ${kernel.release} (${kernel.arch})`,
      { hint: `Build it first: dkms build ${label} -k ${kernel.release}/${kernel.arch}` },
    );
  }
}

/** Longer lists of kernels make names that are hard to handle (dkms-compat.md section 6.12). */
const longestList = 199;

function targetOf({ layout, module, content, file }: WritingArchive, kernels: readonly KernelId[]): string {
  const ownFolder = join(moduleFolder(layout, module), 'tarball');
  if (file !== undefined && file !== '') return file.includes('/') ? resolve(file) : join(ownFolder, file);
  const list = kernels.map(({ release, arch }) => `kernel${release}-${arch}`).join('-');
  const what = content === 'source' ? 'source-only' : list.length > longestList ? 'manykernels' : list;
  return join(ownFolder, `${module.name}-${module.version}-${what}.dkms.tar.gz`);
}

async function requireFolder(file: string, dryRun: boolean): Promise<void> {
  const folder = dirname(file);
  const found = await kindOf(file);
  if (!dryRun) await makeFolder(folder).catch(() => undefined);
  const isMissing = (await kindOf(folder)) === 'missing' && dryRun;
  const isUsable = isMissing || ((await kindOf(folder)) === 'folder' && (await isWritable(folder)));
  if (isUsable && found !== 'folder') return;
  const why = found === 'folder' ? `${file} is a folder` : `${folder} is no folder that we may write to`;
  throw new KmodsmithError('FOLDER_UNWRITABLE', `the archive cannot be written: ${why}`, {
    hint: 'Give another file with --archive.',
  });
}

async function pack(file: string, writing: WritingArchive): Promise<void> {
  await using staging = await makeTemporaryFolder(writing.temporaryFolder);
  // tar goes by the end of the name to choose a compression.
  const packed = join(staging.path, `archive${extname(file)}`);
  try {
    const source = await stageContent(staging.path, writing);
    const time = /^[0-9]+$/.test(writing.epoch ?? '') ? writing.epoch : await youngest(source);
    await tar(packed, { folder: staging.path, time, members: ['dkms_main_tree', basename(source)] });
    await copyAtomically(packed, file);
  } catch (cause) {
    throw new KmodsmithError('ARCHIVE_FAILED', `${file} is not written: ${messageOf(cause)}`, {
      cause,
      hint: 'What was there is as it was. Look for room on the disk, and below TMPDIR.',
    });
  }
}

/** Lays out what goes into the archive; returns the folder that holds its dkms.conf. */
async function stageContent(staging: string, writing: WritingArchive): Promise<string> {
  const { layout, module, kernels, content } = writing;
  const copy = (from: string, to: string) => runChecked(['cp', '-a', '--reflink=auto', '-T', from, to]);
  await makeFolder(join(staging, 'dkms_main_tree'));
  for (const { release, arch } of kernels) {
    const target = join(staging, 'dkms_main_tree', release, arch);
    await makeFolder(dirname(target));
    await copy(resultFolder(layout, { module, release, arch }), target);
    // It tells what is installed here.
    await removeTree(join(target, 'manifest.json'));
  }
  if (content !== 'binaries') {
    const source = join(staging, 'dkms_source_tree');
    await copy(`${writing.sourceFolder}/.`, source);
    return source;
  }
  const bare = join(staging, 'dkms_binaries_only');
  await writeAtomically(join(bare, 'PACKAGE_NAME'), `${module.name}\n`);
  await writeAtomically(join(bare, 'PACKAGE_VERSION'), `${module.version}\n`);
  await copy(writing.conf, join(bare, 'dkms.conf'));
  return bare;
}

/** Seconds since the epoch; for builds without a source the names of module and version have no time of their own. */
async function youngest(folder: string): Promise<string> {
  const names = filesBelow(folder).filter((name) => !/^PACKAGE_(NAME|VERSION)$/.test(name));
  const times = await Promise.all(names.map((name) => modificationTime(join(folder, name))));
  return String(Math.floor(Math.max(0, ...times) / 1000));
}

interface Packing {
  readonly folder: string;
  readonly time: string | undefined;
  readonly members: readonly string[];
}

/** By GNU tar's own options for archives that do not tell who made them, when and where (tar.info, Reproducibility). */
async function tar(file: string, { folder, time, members }: Packing): Promise<void> {
  const { exitCode, stderr } = await run([
    'tar',
    '--create',
    `--file=${file}`,
    '--auto-compress',
    '--force-local',
    '--format=gnu',
    '--sort=name',
    '--owner=root:0',
    '--group=root:0',
    '--numeric-owner',
    '--mode=go-w',
    '--hard-dereference',
    `--mtime=@${time}`,
    `--directory=${folder}`,
    '--',
    ...members,
  ]);
  if (exitCode !== 0)
    throw new Error(stderr.trim().split('\n').at(-1) ?? `tar ended with status ${exitCode}`);
}
