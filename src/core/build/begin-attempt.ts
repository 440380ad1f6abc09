import { dirname, join } from 'node:path';
import { KmodsmithError, messageOf } from '../../errors.ts';
import { classifyFailure } from '../../policy/classify-failure.ts';
import { now } from '../../system/clock.ts';
import { exists, makeFolder, pruneEmptyFolders, removeTree, writeAtomically } from '../../system/files.ts';
import { type BuildCoordinates, type Layout, logFolder } from '../layout.ts';
import {
  type AttemptFailure,
  type AttemptRecord,
  listSurplus,
  parseStamp,
  stampsIn,
  toStamp,
} from './attempts.ts';
import { rememberedLog } from './failures.ts';

/** So many attempts of a pair are kept, besides one whose failure still counts. */
export const keptAttempts = 5;

export interface BegunAttempt {
  /** Where it has to write its log. */
  readonly log: string;
  /** Writes down what became of it; never throws, a full disk is why many fail. */
  end(error?: unknown): Promise<void>;
}

/**
 * Begins an attempt with a log of its own, and forgets the oldest ones. Whoever calls it holds the tree's lock. Names
 * tell the time and go up, whatever the clock does.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function beginAttempt(layout: Layout, at: BuildCoordinates): Promise<BegunAttempt> {
  const folder = logFolder(layout, at);
  const remembered = await rememberedLog(layout, at);
  for (const path of listSurplus(folder, keptAttempts - 1, remembered)) await removeTree(path);
  await makeFolder(folder);
  const startedAt = now();
  const last = stampsIn(folder).at(-1);
  const stamp = toStamp(last === undefined ? startedAt : Math.max(startedAt, parseStamp(last) + 1));
  const path = join(folder, stamp);
  return { log: `${path}.log`, end: (error) => endAttempt(path, startedAt, error) };
}

/** One that cannot be written down looks as if it had been cut short; its error is told all the same. */
async function endAttempt(path: string, startedAt: number, error: unknown): Promise<void> {
  const failure = error === undefined ? undefined : describeFailure(error);
  const record: AttemptRecord = { version: 1, startedAt, finishedAt: now(), ...(failure && { failure }) };
  try {
    // What fails before anything is run has nothing else to say.
    if (failure !== undefined && !(await exists(`${path}.log`)))
      await writeAtomically(`${path}.log`, `${failure.summary}\n`);
    await writeAtomically(`${path}.json`, JSON.stringify(record));
  } catch (cause) {
    process.stderr.write(`kmodsmith: what became of an attempt is not written down: ${messageOf(cause)}\n`);
  }
}

/** What there is to say of an error that ended an attempt. */
export function describeFailure(error: unknown): AttemptFailure {
  const code = error instanceof KmodsmithError ? error.code : 'INTERNAL';
  const summary = messageOf(error);
  return { code, class: classifyFailure({ code, message: summary }), summary };
}

/** Forgets the attempts of a pair. */
export async function forgetAttempts(layout: Layout, at: BuildCoordinates): Promise<void> {
  const folder = logFolder(layout, at);
  await removeTree(folder);
  await pruneEmptyFolders(dirname(folder), layout.logs);
}

/** Forgets all attempts of a version of a module. */
export async function forgetAllAttempts(layout: Layout, module: BuildCoordinates['module']): Promise<void> {
  const folder = join(layout.logs, module.name, module.version);
  await removeTree(folder);
  await pruneEmptyFolders(dirname(folder), layout.logs);
}
