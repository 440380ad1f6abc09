import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync } from 'node:fs';

/** What a disk lacks: all but so many bytes, or the will to be written to. */
export type Scarcity = { readonly free: number } | { readonly readOnly: readonly string[] };

export interface ScarceDisk {
  /** Bytes that are free now. */
  free(): number;
  /** Frees it, or makes it writable again. */
  mend(): void;
}

const folders = ['/var/lib/dkms', '/var/lib/kmodsmith', '/lib/modules'];
const small = '/mnt/small';

/** In bytes: more than any trial needs. */
const size = 512 * 1024 ** 2;

/** Puts all that the engine writes on a small disk, in this mount namespace alone. */
export function makeScarce(scarcity: Scarcity): ScarceDisk {
  run('mkdir', '-p', small, ...folders);
  run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'small', small);
  for (const folder of folders) {
    const copy = `${small}${folder}`;
    run('mkdir', '-p', copy);
    run('cp', '-a', `${folder}/.`, copy);
    run('mount', '--bind', copy, folder);
  }
  const free = () => {
    const { bavail, bsize } = statfsSync(small);
    return bavail * bsize;
  };
  if ('readOnly' in scarcity) {
    for (const folder of scarcity.readOnly) run('mount', '-o', 'remount,bind,ro', folder);
    return { free, mend: () => scarcity.readOnly.forEach(makeWritable) };
  }
  const filler = `${small}/filler`;
  if (free() > scarcity.free) run('fallocate', '--length', `${free() - scarcity.free}`, filler);
  return { free, mend: () => rmSync(filler, { force: true }) };
}

function makeWritable(folder: string): void {
  run('mount', '-o', 'remount,bind,rw', folder);
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
