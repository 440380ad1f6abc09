import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BuildLog } from '../../../src/core/build/log.ts';
import type { BuildRequest } from '../../../src/core/build/request.ts';
import { dkmsVersion } from '../../../src/core/dkms-version.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

const request = {
  module: { name: 'foo', version: '1.0' },
  kernel: { release: '6.12', arch: 'x86_64' },
} as BuildRequest;

async function start() {
  const path = makeScratchFolder().write('log/make.log', 'of an earlier build\n');
  const log = await BuildLog.start(path, request);
  return { log, read: () => readFileSync(path, 'utf8') };
}

const shell = (command: string) => ['sh', '-c', command];
const step = { description: 'Doing it', command: 'do it' };

it('begins with whose log it is and a date, and forgets the build before', async () => {
  const { read } = await start();
  const [title, date, ...rest] = read().split('\n');
  expect(title).toBe(`DKMS (${dkmsVersion}) make.log for foo/1.0 for kernel 6.12 (x86_64)`);
  expect(Math.abs(Date.parse(date ?? '') - Date.now())).toBeLessThan(60_000);
  expect(rest).toEqual(['']);
});

it('tells each step: what, the command, its output as it came, its status and time', async () => {
  const { log, read } = await start();
  const { exitCode } = await log.run(step, shell('echo one; echo two >&2; echo three; exit 3'), {});
  expect(exitCode).toBe(3);
  const end = `# elapsed time: 00:00:00\n${'-'.repeat(64)}\n`;
  expect(read().split('\n').slice(2).join('\n')).toBe(
    `\nDoing it\n# command: do it\none\ntwo\nthree\n\n# exit code: 3\n${end}`,
  );
  await log.run({ ...step, description: 'Again' }, shell(':'), {});
  expect(read().endsWith(`\nAgain\n# command: do it\n\n# exit code: 0\n${end}`)).toBe(true);
});

describe('what a step said', () => {
  it('is its own output only', async () => {
    const { log } = await start();
    await log.run(step, shell('echo first'), {});
    expect((await log.run(step, shell('printf "se\\303\\266cond\\n"'), {})).said).toBe('seöcond\n');
  });

  it('may be long, and no text at all', async () => {
    const { log } = await start();
    const { said } = await log.run(step, shell('head -c 3000000 /dev/zero; printf "\\377x"'), {});
    expect(said.length).toBe(3_000_002);
    expect((await log.run(step, shell('echo after'), {})).said).toBe('after\n');
  });

  it('is in the log when time runs out, with a status', async () => {
    const { log, read } = await start();
    const result = await log.run(step, shell('echo begun; sleep 60'), { timeoutSeconds: 1 });
    expect(result).toMatchObject({ timedOut: true, said: 'begun\n' });
    expect(read()).toMatch(/begun\n\n# exit code: [1-9]\d*\n# elapsed time: 00:00:0\d\n-+\n$/);
  });
});
