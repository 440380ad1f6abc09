import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { takeLock } from '../../../src/system/lock.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { bundleScript } from '../../support/script.ts';

/** A Node process of its own that takes the lock, says so and stays. */
async function startHolder(path: string) {
  const script = await bundleScript(`${path}.mjs`, {
    imports: { 'src/system/lock.ts': '{ takeLock }' },
    code: `await takeLock(${JSON.stringify(path)}, 5); process.stdout.write('held'); setInterval(() => {}, 1000);`,
  });
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

it('makes a second engine wait until the first has ended', async () => {
  const path = `${makeScratchFolder().path}/state/lock`;
  const order: string[] = [];
  const first = await takeLock(path, 5);
  const second = takeLock(path, 5).then(async (lock) => {
    order.push('second');
    await lock[Symbol.asyncDispose]();
  });
  await new Promise((resolve) => setTimeout(resolve, 150));
  order.push('first');
  await first[Symbol.asyncDispose]();
  await second;
  expect(order).toEqual(['first', 'second']);
});

it('is busy when nobody lets go, and says so', async () => {
  const path = `${makeScratchFolder().path}/lock`;
  await using _held = await takeLock(path, 5);
  await expect(takeLock(path, 0)).rejects.toMatchObject({
    code: 'LOCK_BUSY',
    message: `another engine has held ${path} for 0 s`,
  });
});

it('is free again once its holder is killed', async () => {
  const path = `${makeScratchFolder().path}/lock`;
  const holder = await startHolder(path);
  await expect(takeLock(path, 0)).rejects.toMatchObject({ code: 'LOCK_BUSY' });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await using lock = await takeLock(path, 5);
  expect(lock.path).toBe(path);
});

it('does not wait for the writer of a FIFO in its place', async () => {
  await expect(takeLock(makeScratchFolder().fifo('lock'), 60)).rejects.toMatchObject({
    code: 'WRITE_FAILED',
  });
});

it('says which folder it cannot make', async () => {
  const file = makeScratchFolder().write('file', '');
  await expect(takeLock(`${file}/lock`, 5)).rejects.toMatchObject({
    code: 'WRITE_FAILED',
    message: expect.stringContaining(`${file} cannot be made`),
  });
});

it('does not call it busy when the lock cannot be made at all', async () => {
  const scratch = makeScratchFolder();
  await expect(takeLock(`${scratch.folder('lock')}/../none/\0`, 1)).rejects.not.toMatchObject({
    code: 'LOCK_BUSY',
  });
  const loop = scratch.link('loop', 'loop');
  await expect(takeLock(loop, 1)).rejects.toMatchObject({ code: 'WRITE_FAILED' });
});
