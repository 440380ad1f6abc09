import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

export interface LineResult {
  readonly exit: number | 'timeout';
  readonly stdout: string;
  readonly stderr: string;
}

const limitSeconds = 120;
const path = '/opt/twins/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Runs a line in a shell; whatever it leaves running ends with it. Files, not pipes: those could stay open. */
export async function runLine(line: string, env: Readonly<Record<string, string>> = {}): Promise<LineResult> {
  const files = ['/run/twins/stdout', '/run/twins/stderr'] as const;
  const [out, error] = files.map((file) => openSync(file, 'w'));
  const child = spawn('/bin/sh', ['-c', line], {
    cwd: '/root',
    env: { PATH: path, LC_ALL: 'C.UTF-8', HOME: '/root', ...env },
    stdio: ['ignore', out, error],
    detached: true,
  });
  const exit = await new Promise<LineResult['exit']>((resolve) => {
    const timer = setTimeout(() => resolve('timeout'), limitSeconds * 1000);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(code ?? (signal === null ? 0 : 128));
    });
  });
  endGroup(child.pid);
  for (const file of [out, error]) if (file !== undefined) closeSync(file);
  const [stdout, stderr] = files.map((file) => readFileSync(file, 'utf8'));
  return { exit, stdout: stdout ?? '', stderr: stderr ?? '' };
}

function endGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody is left, as it should be.
  }
}
