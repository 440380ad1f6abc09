import { join } from 'node:path';
import { callLine, settledFormat } from '../adapters/settled-call.ts';
import type { Layout } from '../core/layout.ts';
import { listFolder, modificationTime, removeTree, writeAtomically } from '../system/files.ts';
import { sha256 } from '../system/fingerprint.ts';
import { isInside } from '../system/inside.ts';
import { runningRelease } from '../system/machine.ts';
import { statLines } from '../system/stat-lines.ts';

export interface SettledCall {
  /** The words of the command line. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** All that it looked at; undefined when it was told anything else. */
  readonly looks: ReadonlySet<string> | undefined;
  /** When it began to look, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** What it said. */
  readonly said: readonly string[];
}

/** Milliseconds. What has just changed may change again without another time to show for it. */
const settledAfter = 2000;

/** More calls than a machine's kernels make; the oldest answers go. */
const mostAnswers = 64;

/**
 * Writes down what a call said that found nothing to do or only looked, and all that it looked at, so that a few processes of the shell can tell that
 * the same call would find the same (templates/shared/settled.sh.hbs). Not where it was told anything that no path stands
 * for: what a dkms.conf says that takes a shell, for one. An answer that is not written is only looked for again.
 */
export async function rememberSettled(
  layout: Layout,
  { words, env, looks, startedAt, said }: SettledCall,
): Promise<void> {
  const call = callLine(words, env, runningRelease);
  if (layout.root !== '/' || isInside || looks === undefined || call === undefined) return;
  try {
    const engine = [process.execPath, process.argv[1] ?? ''];
    const latest = startedAt - settledAfter;
    const found = statLines([...engine, ...withoutOwn(layout, looks)], latest);
    if (found?.paths.every(isPlain) !== true) return;
    // A line may be what a log or a file had; a shell cannot hold every byte.
    const lines = said.flatMap((line) => line.split('\n'));
    if (lines.some((line) => line.includes('\0'))) return;
    const head = [settledFormat, call, sha256(found.text), String(lines.length), ...lines];
    const content = `${head.join('\n')}\n${found.paths.map((path) => `${path}\0`).join('')}`;
    await writeAtomically(join(layout.settled, sha256(call)), content);
    await forgetOldest(layout);
  } catch {
    // The disk may be full, or a path unreachable.
  }
}

/** What a run writes itself: the shell looks into the queue on its own, the others decide nothing. */
function withoutOwn({ queue, history, settled }: Layout, looks: ReadonlySet<string>): string[] {
  const own = [queue, history, settled];
  return [...looks].filter((path) => !own.some((one) => path === one || path.startsWith(`${one}/`)));
}

/** The state of processes and devices has no time of change. */
function isPlain(path: string): boolean {
  return path.startsWith('/') && !/^\/(proc|sys|dev)\//.test(path);
}

async function forgetOldest({ settled }: Layout): Promise<void> {
  const files = (await listFolder(settled)).map(({ name }) => join(settled, name));
  if (files.length <= mostAnswers) return;
  const times = await Promise.all(files.map(modificationTime));
  const ages = new Map(files.map((file, index) => [file, times[index] ?? 0]));
  const byAge = files.sort((a, b) => (ages.get(a) ?? 0) - (ages.get(b) ?? 0));
  for (const file of byAge.slice(0, files.length - mostAnswers)) await removeTree(file);
}
