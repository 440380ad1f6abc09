import { type BigIntStats, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Paths as they are now, each as `stat --printf='%d %i %f %s %.9Z %n\n'` describes it; what is not there has no line. */
export interface StatLines {
  /** Sorted; where one is a link, what it leads to is among them. */
  readonly paths: readonly string[];
  readonly text: string;
  /** The newest change of any of them, in milliseconds since the epoch. */
  readonly changed: number;
}

/** @throws an error of the file system for what cannot be looked at. */
export function statLines(looks: Iterable<string>): StatLines {
  const found = new Map<string, BigIntStats | undefined>();
  const pending = [...looks];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (found.has(path)) continue;
    const info = lstat(path);
    found.set(path, info);
    if (info?.isSymbolicLink() === true)
      pending.push(resolve(realpathSync(dirname(path)), readlinkSync(path)));
  }
  const paths = [...found.keys()].sort();
  const lines = paths.flatMap((path) => describe(path, found.get(path)) ?? []);
  const changes = [...found.values()].map((info) => Number(info?.ctimeMs ?? 0));
  return { paths, text: lines.join(''), changed: Math.max(0, ...changes) };
}

function lstat(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function describe(path: string, info: BigIntStats | undefined): string | undefined {
  if (info === undefined) return undefined;
  const { dev, ino, mode, size, ctimeNs } = info;
  const seconds = `${ctimeNs / 1_000_000_000n}.${String(ctimeNs % 1_000_000_000n).padStart(9, '0')}`;
  return `${dev} ${ino} ${mode.toString(16)} ${size} ${seconds} ${path}\n`;
}
