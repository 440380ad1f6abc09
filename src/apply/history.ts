import { dirname } from 'node:path';
import type { Layout } from '../core/layout.ts';
import { messageOf } from '../errors.ts';
import type { HistoryEntry } from '../policy/history.ts';
import { appendText, makeFolder, readTextIfPresent, renamePath } from '../system/files.ts';
import { type FinishedRun, toHistoryEntry } from './history-entry.ts';
import { isHistoryEntry } from './history-shape.ts';
import { warn } from './warn.ts';

/** Bytes; a file that would grow beyond it is put aside as the earlier one, so that there are never more than two. */
const longestFile = 512 * 1024;

/**
 * Remembers a run as one more line. The caller holds the tree's lock. Never makes a run fail: what keeps the line from
 * being written, a full disk for one, is a warning.
 */
export async function recordRun(layout: Layout, run: FinishedRun): Promise<void> {
  const entry = toHistoryEntry(run);
  if (entry === undefined) return;
  await append(layout.history, `${JSON.stringify(entry)}\n`).catch((error: unknown) => {
    warn(`this run is not in the history: ${messageOf(error)}`);
  });
}

async function append(file: string, line: string): Promise<void> {
  await makeFolder(dirname(file));
  const before = (await readTextIfPresent(file)) ?? '';
  const isFull = Buffer.byteLength(before) + Buffer.byteLength(line) > longestFile;
  if (isFull && before !== '') await renamePath(file, earlierFile(file));
  // A line that was cut short by a crash is not to spoil this one.
  const isCut = !isFull && before !== '' && !before.endsWith('\n');
  await appendText(file, isCut ? `\n${line}` : line);
}

/** The runs that are remembered, the oldest first. Whatever is damaged or of another version is left out; never throws. */
export async function readHistory({ history }: Layout): Promise<HistoryEntry[]> {
  // In this order: what is put aside in between is read twice, and not missed.
  const present = await readLines(history);
  const earlier = await readLines(earlierFile(history));
  return [...new Set([...earlier, ...present])].flatMap(parseLine);
}

/** `history.jsonl`: `history.1.jsonl`. */
function earlierFile(file: string): string {
  return file.replace(/(?=\.jsonl$)/, '.1');
}

async function readLines(file: string): Promise<string[]> {
  const text = await readTextIfPresent(file).catch(() => undefined);
  return text === undefined ? [] : text.split('\n');
}

function parseLine(line: string): HistoryEntry[] {
  try {
    const document: unknown = JSON.parse(line);
    return isHistoryEntry(document) ? [document] : [];
  } catch {
    return [];
  }
}
