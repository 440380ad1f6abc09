import { readdir, readFile } from 'node:fs/promises';

/** The pids whose mount namespace still has `directory` in an overlay. */
export async function processesUsing(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const using = await Promise.all(
    pids.map(async (pid) => {
      const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
      return mounts.includes(directory) ? [Number(pid)] : [];
    }),
  );
  return using.flat();
}
