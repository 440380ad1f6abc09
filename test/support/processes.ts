import { readdir, readFile } from 'node:fs/promises';

/** The pids whose mount namespace still has `directory` in an overlay. */
export async function processesUsing(directory: string): Promise<number[]> {
  return await pidsWhose('mountinfo', directory);
}

/** The pids that have `text` in their command line. */
export async function processesRunning(text: string): Promise<number[]> {
  return await pidsWhose('cmdline', text);
}

async function pidsWhose(file: string, text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const content = await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      return content.includes(text) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}
