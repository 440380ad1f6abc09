/** The process groups that run now, so that none outlives us when we are told to stop. */
export const running = new Set<number>();

/** Kills every program that runs, with all its children. For signal handlers. */
export function killRunning(): void {
  for (const pid of running) killGroup(pid);
}

/** Whether a process has this id now, whoever's it is. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}
