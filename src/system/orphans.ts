import { readdir, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { noteUnseen } from './looks.ts';

/** A process may start another one while we look; then we look again, so many times at most. */
const rounds = 20;

/**
 * Kills all processes that have `NAME=value` in their environment: what a program of ours has started inherits it, also
 * where its parents are gone, and no process id can be mistaken (proc(5), /proc/pid/environ). Without /proc it finds none.
 */
export async function killMarked(mark: string): Promise<void> {
  noteUnseen();
  for (let round = 0; round < rounds; round++) {
    const found = await findMarked(mark);
    if (found.length === 0) return;
    for (const pid of found) kill(pid);
    await setTimeout(10);
  }
}

async function findMarked(mark: string): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`).map(Number);
  const marked = await Promise.all(pids.map((pid) => hasMark(pid, mark)));
  return pids.filter((_, index) => marked[index]);
}

/** The environment of a zombie is empty, so that what is dead already does not count. */
async function hasMark(pid: number, mark: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return environment.split('\0').includes(mark);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone, or not ours to kill.
  }
}
