import { basename, dirname, join } from 'node:path';
import { version } from '../../../package.json';
import { KmodsmithError } from '../../errors.ts';
import { classifyFailure } from '../../policy/classify-failure.ts';
import { type FailureClass, isFailureClass, isPassing } from '../../policy/failure-class.ts';
import type { FailureFacts, ModuleVersions } from '../../policy/types.ts';
import { now } from '../../system/clock.ts';
import {
  listFolder,
  pruneEmptyFolders,
  readTextIfPresent,
  removeTree,
  writeAtomically,
} from '../../system/files.ts';
import { filesBelow, sha256, statDigest } from '../../system/fingerprint.ts';
import { freeSpace } from '../../system/free-space.ts';
import { type BuildCoordinates, failureFolder, type Layout, logFolder } from '../layout.ts';
import { programStamp } from './toolchain.ts';

const recordName = 'failure.json';

/** A failed attempt; it is not repeated until `inputs` differs. */
interface FailureRecord {
  readonly version: 1;
  readonly at: number;
  readonly summary: string;
  readonly class?: FailureClass;
  /** Name of the attempt's log; older records have theirs beside them. */
  readonly log?: string;
  readonly inputs: string;
  /** Against what it was attempted; unknown in older records. */
  readonly dependencies?: ModuleVersions;
}

export interface FailureInputs {
  readonly directives: string;
  /** The module's source and the kernel's build trees. */
  readonly folders: readonly string[];
  readonly programs: readonly string[];
}

/**
 * What failed builds depended on. The compiler did not get far enough to tell which headers it needs, so all of them
 * count, by name, size and times; so do the compilers, and we ourselves, who may have learnt a directive. A folder is
 * looked at once in the life of this object: a kernel's headers are 20,000 files.
 */
export class FailureDigests {
  readonly #folders = new Map<string, string>();

  async of({ directives, folders, programs }: FailureInputs): Promise<string> {
    const stamps = await Promise.all(programs.map(programStamp));
    const digests = folders.map((folder) => this.#ofFolder(folder));
    return sha256(JSON.stringify([version, directives, digests, stamps]));
  }

  #ofFolder(folder: string): string {
    const digest = this.#folders.get(folder) ?? statDigest(folder);
    this.#folders.set(folder, digest);
    return digest;
  }
}

/** Where failed attempts are remembered, as folders, for whoever asks about many. */
export function listFailures(layout: Layout): ReadonlySet<string> {
  const records = filesBelow(layout.failures).filter((path) => basename(path) === recordName);
  return new Set(records.map((path) => dirname(join(layout.failures, path))));
}

/** Logs of attempts that older versions kept beside the record, and that were cut short before there was one. */
export function listUnfinishedLogs(layout: Layout): string[] {
  const recorded = listFailures(layout);
  const paths = filesBelow(layout.failures).map((name) => join(layout.failures, name));
  return paths.filter((path) => !recorded.has(dirname(path)));
}

export async function forgetUnfinished(layout: Layout): Promise<void> {
  for (const path of listUnfinishedLogs(layout)) await removeTree(path);
  await dropEmptyFolders(layout.failures);
}

/** Below a folder, which stays. */
async function dropEmptyFolders(folder: string): Promise<void> {
  for (const entry of (await listFolder(folder)).filter((one) => one.isDirectory())) {
    const path = join(folder, entry.name);
    await dropEmptyFolders(path);
    await pruneEmptyFolders(path, folder);
  }
}

/** Whether the same inputs would fail again, so that another attempt is a waste. */
export function isLasting(error: unknown): boolean {
  const lasting: readonly string[] = [
    'BUILD_FAILED',
    'OBJECT_MISSING',
    'PATCH_FAILED',
    'PATCH_MISSING',
    'SCRIPT_FAILED',
    'SOURCE_EMPTY',
    'TOOLCHAIN_MISSING',
    'VERIFY_FAILED',
  ];
  return (
    error instanceof KmodsmithError && lasting.includes(error.code) && !isPassing(classifyFailure(error))
  );
}

/** In bytes: with less of the disk free not even a small module can be built. */
export const leastSpace = 50_000_000;

/** Of a log, which tells of more than what failed. */
const passingWords = /No space left on device|Cannot allocate memory|virtual memory exhausted|Killed signal/;

/**
 * Why an attempt may fare better another time although the compiler's error looks as if it were the module's: on a disk
 * that is full not even the log may tell.
 */
export async function findPassingTrouble(layout: Layout, log: string): Promise<string | undefined> {
  for (const folder of [layout.dkmsTree, layout.logs]) {
    const free = await freeSpace(folder);
    if (free !== undefined && free < leastSpace)
      return `no space left: only ${Math.trunc(free / 1_000_000)} MB are free below ${folder}`;
  }
  const said = (await readTextIfPresent(log).catch(() => undefined)) ?? '';
  return passingWords.exec(said)?.[0];
}

export async function rememberFailure(
  layout: Layout,
  at: BuildCoordinates,
  failure: Omit<FailureRecord, 'version' | 'at'>,
) {
  const record: FailureRecord = { version: 1, at: now(), ...failure };
  await writeAtomically(join(failureFolder(layout, at), recordName), JSON.stringify(record));
}

/** The last failure if trying again would be the same attempt: `digest` is only computed when there is one. */
export async function readFailure(
  layout: Layout,
  at: BuildCoordinates,
  digest: () => Promise<string>,
): Promise<FailureFacts | undefined> {
  const record = await readRecord(layout, at);
  if (record === undefined || record.inputs !== (await digest())) return undefined;
  const { summary, dependencies } = record;
  const failureClass = isFailureClass(record.class) ? record.class : classifyOld(summary);
  const log = logOf(layout, at, record);
  return { summary, class: failureClass, log, at: record.at, ...(dependencies && { dependencies }) };
}

/** The name of the log of the attempt that is remembered as failed. */
export async function rememberedLog(layout: Layout, at: BuildCoordinates): Promise<string | undefined> {
  return (await readRecord(layout, at))?.log;
}

async function readRecord(layout: Layout, at: BuildCoordinates): Promise<FailureRecord | undefined> {
  const text = await readTextIfPresent(join(failureFolder(layout, at), recordName)).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as FailureRecord;
    return record.version === 1 && typeof record.summary === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}

function logOf(layout: Layout, at: BuildCoordinates, { log }: FailureRecord): string {
  const isName = typeof log === 'string' && basename(log) === log;
  return isName ? join(logFolder(layout, at), log) : join(failureFolder(layout, at), 'make.log');
}

/** Older records hold no class, nor the error's code. */
function classifyOld(message: string): FailureClass {
  return classifyFailure({ code: message.includes('does not compile') ? 'BUILD_FAILED' : '', message });
}
