import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { killMarked } from '../../../src/system/orphans.ts';
import { isAlive } from '../../support/is-alive.ts';

it('ends everything that carries the mark, grandchildren of the dead included, and nothing else', async () => {
  const mark = `KMODSMITH_TEST=${process.pid}-${Math.random()}`;
  const [name = '', value] = mark.split('=');
  const start = (env: NodeJS.ProcessEnv, script: string) =>
    spawn('sh', ['-c', script], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  // The shell is gone at once; what it started goes on, as make's compilers do.
  const orphaned = start({ [name]: value }, 'sleep 600 & echo $!');
  const [output] = (await once(orphaned.stdout, 'data')) as [Buffer];
  const other = start({}, 'echo ready; exec sleep 600');
  await once(other.stdout, 'data');
  const orphan = Number(output.toString());
  expect(isAlive(orphan)).toBe(true);
  await killMarked(mark);
  await expect.poll(() => isAlive(orphan)).toBe(false);
  expect(other.exitCode).toBeNull();
  other.kill();
});
