import { once } from 'node:events';
import { start } from './process.ts';

/** Runs `action` under an exclusive flock(1) on `path`; the lock goes with this process, however it ends. */
export async function withFileLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  const holder = start(['flock', '--no-fork', path, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const released = once(holder, 'close');
  try {
    holder.stdin?.write('locked?');
    const answered = holder.stdout && once(holder.stdout, 'data'); // cat answers only once flock let it start
    await Promise.race([answered, released.then(() => Promise.reject(new Error(`cannot lock ${path}`)))]);
    return await action();
  } finally {
    holder.stdin?.end();
    await released;
  }
}
