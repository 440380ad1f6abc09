import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs `action` under an exclusive flock(1) on `path`; the lock goes with this process, however it ends. */
export async function withFileLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', ['--no-fork', path, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const released = once(holder, 'close');
  try {
    holder.stdin.write('locked?');
    await once(holder.stdout, 'data'); // cat answers only once flock has let it start
    return await action();
  } finally {
    holder.stdin.end();
    await released;
  }
}
