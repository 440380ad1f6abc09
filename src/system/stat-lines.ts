import { type BigIntStats, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Paths as they are now, each as `stat --printf='%d %i %f %s %.9Z %n\n'` describes it; what is not there has no line. */
export interface StatLines {
  /** Sorted; where one is a link, what it leads to is among them. */
  readonly paths: readonly string[];
  readonly text: string;
}

/**
 * @param latest milliseconds since the epoch
 * @returns undefined when one of them has changed since.
 * @throws an error of the file system for what cannot be looked at.
 */
export function statLines(looks: Iterable<string>, latest: number): StatLines | undefined {
  const found = new Map<string, BigIntStats | undefined>();
  const pending = [...looks];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (found.has(path)) continue;
    const info = lstat(path);
    if (Number(info?.ctimeMs ?? 0) > latest) return undefined;
    found.set(path, info);
    if (info?.isSymbolicLink() === true)
      pending.push(resolve(realpathSync(dirname(path)), readlinkSync(path)));
  }
  const paths = [...found.keys()].sort();
  const lines = paths.flatMap((path) => describe(path, found.get(path)) ?? []);
  return { paths, text: lines.join('') };
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
