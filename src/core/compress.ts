import type { ModuleCompression } from '../formats/kernel-config.ts';
import { runChecked } from '../system/exec.ts';

/** File name endings by which modprobe knows a module (depmod(8)). */
export const moduleSuffixes = ['.ko', '.ko.gz', '.ko.xz', '.ko.zst'] as const;

/** As scripts/Makefile.modinst compresses: the kernel's own decoder reads nothing else. */
const commands = {
  gzip: { argv: ['gzip', '-n', '-f'], suffix: '.gz' },
  xz: { argv: ['xz', '--check=crc32', '--lzma2=dict=1MiB', '-f'], suffix: '.xz' },
  zstd: { argv: ['zstd', '-q', '-T0', '--rm', '-f'], suffix: '.zst' },
} as const;

/** Compresses a `.ko` in place with the kernel's own method; returns its new path. */
export async function compressModule(path: string, method: ModuleCompression): Promise<string> {
  if (method === 'none') return path;
  const { argv, suffix } = commands[method];
  await runChecked([...argv, path]);
  return `${path}${suffix}`;
}
