import { rmSync } from 'node:fs';

const paths = new Set<string>();

/** The file goes when a person interrupts us (SIGINT). */
export function removeOnInterrupt(path: string): void {
  paths.add(path);
}

export function keepThrough(path: string): void {
  paths.delete(path);
}

/** For the signal handler. */
export function forgetInterrupted(): void {
  for (const path of paths) rmSync(path, { force: true });
}
