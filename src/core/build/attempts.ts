import { basename, dirname, join } from 'node:path';
import { type FailureClass, isFailureClass } from '../../policy/failure-class.ts';
import { readTextIfPresent } from '../../system/files.ts';
import { filesBelow, filesIn } from '../../system/fingerprint.ts';
import type { BuildCoordinates, Layout } from '../layout.ts';

/** What became of an attempt. */
export interface AttemptRecord {
  readonly version: 1;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly failure?: AttemptFailure;
}

export interface AttemptFailure {
  /** Of errors.ts. */
  readonly code: string;
  readonly class: FailureClass;
  readonly summary: string;
}

/** One attempt to build a module for a kernel. */
export interface Attempt extends BuildCoordinates {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Host path. */
  readonly log: string;
  /** Left out for one that is under way, or was cut short. */
  readonly finishedAt?: number;
  readonly failure?: AttemptFailure;
}

/** The attempts that `isWanted`, the oldest first. */
export async function listAttempts(
  layout: Layout,
  isWanted: (at: BuildCoordinates) => boolean,
): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (const folder of listLogFolders(layout)) {
    const at = coordinatesOf(layout, folder);
    if (at === undefined || !isWanted(at)) continue;
    for (const stamp of stampsIn(folder)) attempts.push(await readAttempt(at, folder, stamp));
  }
  return attempts.sort((a, b) => (basename(a.log) < basename(b.log) ? -1 : 1));
}

/** Folders with attempts of one pair each, as host paths. */
export function listLogFolders(layout: Layout): string[] {
  return [...new Set(filesBelow(layout.logs).map((path) => join(layout.logs, dirname(path))))];
}

/** Whose attempts a folder holds; undefined for one that is not ours. */
export function coordinatesOf(layout: Layout, folder: string): BuildCoordinates | undefined {
  const [name, version, release, arch, ...rest] = folder.slice(layout.logs.length + 1).split('/');
  if (!name || !version || !release || !arch || rest.length > 0) return undefined;
  return { module: { name, version }, release, arch };
}

/** The files of all attempts in a folder but the last `kept`, and but the one whose log is named. */
export function listSurplus(folder: string, kept: number, named: string | undefined): string[] {
  const stamps = stampsIn(folder);
  const old = new Set(stamps.slice(0, Math.max(0, stamps.length - kept)));
  if (named !== undefined) old.delete(stampOf(named) ?? '');
  const names = filesIn(folder).filter((name) => old.has(stampOf(name) ?? ''));
  return names.map((name) => join(folder, name));
}

async function readAttempt(at: BuildCoordinates, folder: string, stamp: string): Promise<Attempt> {
  const base = { ...at, startedAt: parseStamp(stamp), log: join(folder, `${stamp}.log`) };
  const text = await readTextIfPresent(join(folder, `${stamp}.json`)).catch(() => undefined);
  const record = text === undefined ? undefined : parseRecord(text);
  if (record === undefined) return base;
  const { startedAt, finishedAt, failure } = record;
  return { ...base, startedAt, finishedAt, ...(failure && { failure }) };
}

function parseRecord(text: string): AttemptRecord | undefined {
  try {
    const { version, startedAt, finishedAt, failure } = JSON.parse(text) as AttemptRecord;
    if (version !== 1 || !Number.isFinite(startedAt) || !Number.isFinite(finishedAt)) return undefined;
    if (failure === undefined) return { version, startedAt, finishedAt };
    const { code, class: known, summary } = failure;
    if (typeof code !== 'string' || typeof summary !== 'string') return undefined;
    const failureClass = isFailureClass(known) ? known : 'other';
    return { version, startedAt, finishedAt, failure: { code, class: failureClass, summary } };
  } catch {
    return undefined;
  }
}

/** Of attempts in a folder, sorted. */
export function stampsIn(folder: string): string[] {
  return [...new Set(filesIn(folder).flatMap((name) => stampOf(name) ?? []))].sort();
}

function stampOf(name: string): string | undefined {
  const stamp = /^(\d{8}T\d{6}\.\d{3}Z)\.(?:log|json)$/.exec(name)?.[1];
  return stamp === undefined || Number.isNaN(parseStamp(stamp)) ? undefined : stamp;
}

/** "20261126T230757.123Z": UTC, and the order of names is that of times. */
export function toStamp(time: number): string {
  return new Date(time).toISOString().replaceAll(/[-:]/g, '');
}

export function parseStamp(stamp: string): number {
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)/, '$1-$2-$3:$4:'));
}
