import { rmSync } from 'node:fs';

/** The process groups that run now, so that none outlives us when we are told to stop. */
export const running = new Set<number>();

/** Those that are engines of ours: they end what they do by themselves. */
export const engines = new Set<number>();

/** What is only there while we work on it. */
const unfinished = new Set<string>();

/** Has folders removed should we be told to stop, until the end of the scope. */
export function removedWhenStopped(...folders: readonly string[]): Disposable {
  for (const folder of folders) unfinished.add(folder);
  return {
    [Symbol.dispose]: () => {
      for (const folder of folders) unfinished.delete(folder);
    },
  };
}

/** Kills every program that runs, with all its children, and removes what was unfinished. For handlers of that signal. */
export function stopRunning(signal: NodeJS.Signals): void {
  for (const pid of running) killGroup(pid);
  // The one between us and an engine, unshare(1), leaves these two to it, and no other.
  for (const pid of engines) killGroup(pid, signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
  for (const folder of unfinished) {
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    } catch {
      // The next run removes it.
    }
  }
}

/** Whether a process has this id now, whoever's it is. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export function killGroup(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}
