import { basename, join } from 'node:path';
import { decodeHookCall, encodeHookCall } from '../adapters/hook-call.ts';
import { parseEvent } from '../adapters/parse-event.ts';
import type { HookCall } from '../adapters/types.ts';
import type { Layout } from '../core/layout.ts';
import type { PackageEvent } from '../policy/types.ts';
import { now } from '../system/clock.ts';
import { syncFolder } from '../system/durable.ts';
import {
  listFolder,
  modificationTime,
  readBytes,
  removeTree,
  renamePath,
  writeAtomically,
} from '../system/files.ts';

/** What waits in the queue. `files` are the ones to remove once `events` are applied. */
export interface Queue {
  readonly events: readonly PackageEvent[];
  readonly files: readonly string[];
  /** Files that hold no call. */
  readonly rubbish: readonly string[];
}

export const emptyQueue: Queue = { events: [], files: [], rubbish: [] };

/** Names of complete records; a hook still writes the others (`.new.*`). */
export const recordName = /^call\.[A-Za-z0-9]+$/;

const rejectedPrefix = 'rejected-';

/**
 * Reads the calls that hooks recorded, oldest first; with `about`, only those of which every event is wanted. Rubbish is
 * reported, never thrown on.
 */
export async function readQueue(layout: Layout, about?: (event: PackageEvent) => boolean): Promise<Queue> {
  const entries = await listFolder(layout.queue);
  const names = entries
    .filter((entry) => entry.isFile() && recordName.test(entry.name))
    .map((entry) => entry.name);
  const all = await Promise.all(names.map((name) => readRecord(join(layout.queue, name))));
  const records = all.filter(({ call }) => call === undefined || isAbout(call, about));
  const calls = records.flatMap((record) => (record.call === undefined ? [] : [record.call]));
  return {
    events: calls.sort((a, b) => a.at - b.at).flatMap(eventsOf),
    files: records.filter((record) => record.call !== undefined).map((record) => record.file),
    rubbish: records.filter((record) => record.call === undefined).map((record) => record.file),
  };
}

/** What a saved plan took in; calls that were recorded later wait for the next run. */
export function savedQueue(
  layout: Layout,
  { events, records }: { events: readonly PackageEvent[]; records: readonly string[] },
): Queue {
  return { events, files: records.map((name) => join(layout.queue, name)), rubbish: [] };
}

/** Records a call as the shell hooks do, for callers that did not; returns the file. */
export async function recordCall(layout: Layout, call: HookCall): Promise<string> {
  const file = join(layout.queue, `call.${crypto.randomUUID().replaceAll('-', '')}`);
  await writeAtomically(file, encodeHookCall(call));
  await syncFolder(layout.queue);
  return file;
}

/** Forgets what was applied, and sets rubbish aside where a person can look at it. */
export async function clearQueue(layout: Layout, { files, rubbish }: Queue): Promise<void> {
  await Promise.all(files.map(removeTree));
  for (const file of rubbish)
    await renamePath(file, join(layout.queue, `${rejectedPrefix}${basename(file)}`));
  await removeAbandoned(layout);
}

/** A record that no hook has finished within this many ms never will be. */
const abandonedAfter = 3_600_000;

async function removeAbandoned(layout: Layout): Promise<void> {
  for (const file of await listAbandoned(layout)) await removeTree(file);
}

async function listAbandoned(layout: Layout): Promise<string[]> {
  const files = (await listFolder(layout.queue)).map(({ name }) => join(layout.queue, name));
  const ages = await Promise.all(files.map(modificationTime));
  return files.filter(
    (file, index) => basename(file).startsWith('.') && (ages[index] ?? 0) < now() - abandonedAfter,
  );
}

/** What in the queue's folder is no recorded call and will never be one. */
export async function listQueueRubbish(layout: Layout): Promise<string[]> {
  const names = (await listFolder(layout.queue)).map(({ name }) => name);
  const rejected = names.filter((name) => name.startsWith(rejectedPrefix));
  const { rubbish } = await readQueue(layout);
  return [...rejected.map((name) => join(layout.queue, name)), ...rubbish, ...(await listAbandoned(layout))];
}

async function readRecord(file: string): Promise<{ file: string; call?: HookCall }> {
  const bytes = await readBytes(file).catch(() => new Uint8Array());
  const call = decodeHookCall(bytes, await modificationTime(file));
  return call === undefined ? { file } : { file, call };
}

function isAbout(call: HookCall, about: ((event: PackageEvent) => boolean) | undefined): boolean {
  if (about === undefined) return true;
  const events = eventsOf(call);
  return events.length > 0 && events.every(about);
}

function eventsOf(call: HookCall): readonly PackageEvent[] {
  const parsed = parseEvent(call);
  return 'ignored' in parsed || 'chore' in parsed ? [] : parsed;
}
