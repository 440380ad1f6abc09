import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { run, runChecked } from '../../../src/system/exec.ts';
import { stopRunning } from '../../../src/system/running.ts';
import { isAlive } from '../../support/is-alive.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

const shell = (script: string) => ['sh', '-c', script];

async function isGoneSoon(pid: string): Promise<boolean> {
  for (let tries = 0; tries < 40 && isAlive(pid); tries++) await sleep(25);
  return !isAlive(pid);
}

describe('run', () => {
  it('gives status and both streams', async () => {
    const result = await run(shell('echo out; echo err >&2; exit 7'));
    expect(result).toEqual({ exitCode: 7, timedOut: false, stdout: 'out\n', stderr: 'err\n' });
  });

  it('names the signal that ended a program', async () => {
    expect(await run(shell('kill -TERM $$'))).toMatchObject({ exitCode: 128, signal: 'SIGTERM' });
  });

  it('starts programs in a clean environment with stdin closed', async () => {
    process.env['KMODSMITH_LEAK'] = 'x';
    const { stdout } = await run(shell('env | grep -v "^PWD=" | sort; cat'), { env: { EXTRA: '1' } });
    delete process.env['KMODSMITH_LEAK'];
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.filter((name) => name !== '_' && name !== 'SHLVL')).toEqual(['EXTRA', 'LC_ALL', 'PATH']);
  });

  it('passes arguments as they are and input to the end', async () => {
    const input = 'a\0b\n'.repeat(50_000);
    expect((await run(['cat'], { input })).stdout).toBe(input);
    expect((await run(['printf', '%s|', '$(id)', '*', '', "'"])).stdout).toBe("$(id)|*||'|");
  });

  it('appends both streams to a log as they come', async () => {
    const log = makeScratchFolder().write('log', 'before\n');
    await run(shell('echo one; echo two >&2; echo three'), { logFile: log });
    expect(readFileSync(log, 'utf8')).toBe('before\none\ntwo\nthree\n');
  });

  it('kills grandchildren too when time is out', async () => {
    const { path } = makeScratchFolder();
    const started = performance.now();
    const result = await run(shell(`sleep 60 & echo $! > ${path}/pid; wait`), { timeoutSeconds: 0.3 });
    expect(result).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
    expect(performance.now() - started).toBeLessThan(5000);
    expect(await isGoneSoon(readFileSync(`${path}/pid`, 'utf8').trim())).toBe(true);
  });

  it('kills everything that runs when we are told to stop', async () => {
    const { path } = makeScratchFolder();
    const running = run(shell(`sleep 60 & echo $! > ${path}/pid; echo ready; wait`), {
      logFile: `${path}/log`,
    });
    while (!readIfThere(`${path}/log`).includes('ready')) await sleep(10);
    stopRunning('SIGTERM');
    expect(await running).toMatchObject({ signal: 'SIGKILL', timedOut: false });
    expect(await isGoneSoon(readFileSync(`${path}/pid`, 'utf8').trim())).toBe(true);
  });

  it('throws for a program that is not there', async () => {
    await expect(run(['kmodsmith-no-such-program'])).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: expect.stringMatching(/^kmodsmith-no-such-program cannot be started: .*ENOENT/),
    });
  });
});

it('runChecked carries the last lines of what a failing program said', async () => {
  await expect(runChecked(shell('seq 1 9; exit 3'))).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    message: 'sh -c seq 1 9; exit 3: exit status 3\n5\n6\n7\n8\n9',
  });
});

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
