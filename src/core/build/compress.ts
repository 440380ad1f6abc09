import type { Framework } from '../../config/framework.ts';
import type { ModuleCompression } from '../../formats/kernel-config.ts';
import { run } from '../../system/exec.ts';

/** File name endings by which modprobe knows a module (depmod(8)). */
export const moduleSuffixes = ['.ko', '.ko.gz', '.ko.xz', '.ko.zst'] as const;

/** The timestamp in a gzip header would make every build another file. */
const programs = {
  gzip: { argv: ['gzip', '-n', '-f'], suffix: '.gz' },
  xz: { argv: ['xz', '-f'], suffix: '.xz' },
  zstd: { argv: ['zstd', '-q', '--rm', '-f'], suffix: '.zst' },
} as const;

export interface Compression {
  readonly method: ModuleCompression;
  readonly options: Framework['compression'];
  readonly warn: (problem: string) => void;
}

/** Compresses a `.ko` in place with the kernel's own method; returns its new path. What cannot be is kept as it is. */
export async function compressModule(path: string, { method, options, warn }: Compression): Promise<string> {
  if (method === 'none') return path;
  const { argv, suffix } = programs[method];
  const result = await run([...argv, ...options[method], path]).catch((error: Error) => error);
  if (!(result instanceof Error) && result.exitCode === 0) return `${path}${suffix}`;
  warn(`could not be compressed: ${result instanceof Error ? result.message : result.stderr.trim()}`);
  return path;
}
