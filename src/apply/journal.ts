import { dirname } from 'node:path';
import type { Layout } from '../core/layout.ts';
import { messageOf } from '../errors.ts';
import { isKernelRelease } from '../formats/release-words.ts';
import type { Action, PackageEvent, Plan } from '../policy/types.ts';
import type { Begun } from '../policy/unfinished.ts';
import { now } from '../system/clock.ts';
import { syncFolder } from '../system/durable.ts';
import { readTextIfPresent, removeTree, writeAtomically } from '../system/files.ts';
import { keepThrough, removeOnInterrupt } from '../system/interrupt.ts';
import { isListOf, isModuleId, isObject, isTime } from './shapes.ts';
import { warn } from './warn.ts';

/**
 * What somebody asked for by name, from before the first of it is done to after the last: nothing on disk would tell it
 * to the next run. What package managers ask for is in the queue for as long.
 */
export interface Journal extends Begun {
  readonly version: 1;
  /** How many engines have begun it. */
  readonly attempts: number;
}

/** So many engines that died over it are enough: it may be what they died of. */
const mostAttempts = 10;

/** Whether a run is for what only its caller knows of. */
export function isAskedFor(run: {
  readonly planFor?: unknown;
  readonly saved?: unknown;
  readonly events?: readonly PackageEvent[];
}): boolean {
  const isOwn = run.events?.some(({ underway }) => underway === undefined) ?? false;
  return run.planFor !== undefined || run.saved !== undefined || isOwn;
}

/** Never keeps from doing what was asked for: a removal has to work on a disk that is full. */
export async function openJournal(layout: Layout, { actions }: Pick<Plan, 'actions'>): Promise<void> {
  await write(layout, { version: 1, at: now(), attempts: 1, actions }).catch((error: unknown) => {
    warn(`nobody will go on with this should it be cut short: ${messageOf(error)}`);
  });
}

/** Who presses Ctrl-C does not want it any more. */
async function write({ journal }: Layout, content: Journal): Promise<void> {
  removeOnInterrupt(journal);
  await writeAtomically(journal, JSON.stringify(content));
  await syncFolder(dirname(journal));
}

/** Another engine begins what the earlier one did not end; undefined when there is nothing, or no sense in it. */
export async function resumeJournal(layout: Layout): Promise<Journal | undefined> {
  const found = await readJournal(layout);
  if (found === undefined || found.attempts >= mostAttempts) {
    await closeJournal(layout);
    return undefined;
  }
  const journal = { ...found, attempts: found.attempts + 1 };
  // A disk that is too full to count on is not yet a reason to give up.
  await write(layout, journal).catch(() => undefined);
  return journal;
}

/** @throws KmodsmithError WRITE_FAILED. */
export async function closeJournal({ journal }: Layout): Promise<void> {
  await removeTree(journal);
  keepThrough(journal);
}

/** What does not read as one asks for nothing. */
export async function readJournal({ journal }: Layout): Promise<Journal | undefined> {
  const text = await readTextIfPresent(journal).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const document: unknown = JSON.parse(text);
    return isJournal(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

function isJournal(document: unknown): document is Journal {
  if (!isObject(document)) return false;
  const { version, at, attempts, actions } = document;
  return version === 1 && isTime(at) && isTime(attempts) && isListOf(actions, isAction);
}

const kinds: Readonly<Record<Action['do'], readonly ('module' | 'kernel')[]>> = {
  build: ['module', 'kernel'],
  install: ['module', 'kernel'],
  uninstall: ['module', 'kernel'],
  unbuild: ['module', 'kernel'],
  register: ['module'],
  deregister: ['module'],
  'weak-links': ['kernel'],
  depmod: ['kernel'],
  initramfs: ['kernel'],
};

function isAction(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { do: what, module, kernel, because } = value;
  if (typeof what !== 'string' || !Object.hasOwn(kinds, what) || !isObject(because)) return false;
  const needed = kinds[what as Action['do']];
  return (
    (!needed.includes('module') || isModuleId(module)) && (!needed.includes('kernel') || isKernel(kernel))
  );
}

function isKernel(value: unknown): boolean {
  if (!isObject(value)) return false;
  return [value['release'], value['arch']].every((word) => typeof word === 'string' && isKernelRelease(word));
}
