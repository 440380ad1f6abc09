import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** In ms: what was told to end may take so long. */
const patience = 3000;

/** The command lines of all other processes of this pid namespace that do not end by themselves. */
export async function processesLeft(): Promise<string[]> {
  for (let waited = 0; ; waited += 50) {
    const found = otherProcesses();
    if (found.length === 0 || waited >= patience) return found;
    await setTimeout(50);
  }
}

function otherProcesses(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  // The first one is the shell that entered the root.
  return pids.filter((pid) => pid !== '1' && pid !== `${process.pid}`).flatMap(commandLine);
}

/** None of a zombie, nor of one that has gone meanwhile. */
function commandLine(pid: string): string[] {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return line === '' ? [] : [line];
  } catch {
    return [];
  }
}
