import { existsSync, lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

/** At which change of the disk, and whether before it, when half of it is done, or after it. */
export type Step = `${number} ${'before' | 'half' | 'after'}`;

/** Node loads this before the engine, which then dies by SIGKILL at a change of the disk that it is about to make. */
export function dieAt(step: Step): void {
  const [number, moment] = step.split(' ');
  let count = 0;
  for (const name of changes) {
    const real = fs[name] as (...args: unknown[]) => Promise<unknown>;
    const dying = async (...args: unknown[]) => {
      count += 1;
      const isMine = count === Number(number);
      if (isMine && moment === 'half') halves[name]?.(...args.map(String));
      if (isMine && moment !== 'after') await die();
      const result = await real(...args);
      if (isMine) await die();
      return result;
    };
    Object.assign(fs, { [name]: dying });
  }
  syncBuiltinESMExports();
  process.on('exit', () => report(count));
}

/** For whoever wants to choose a step: of the first engine that comes to its end. */
function report(count: number): void {
  const file = process.env['CRASH_COUNT'];
  if (file !== undefined && !existsSync(file)) writeFileSync(file, String(count));
}

const changes = [
  ...(['appendFile', 'copyFile', 'mkdir', 'open', 'rename', 'rm', 'rmdir', 'symlink'] as const),
] as const;

/** What takes the kernel several steps, ended in the middle. */
const halves: Partial<Record<(typeof changes)[number], (...args: string[]) => void>> = {
  rm: (path = '') => {
    if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
    const half = names.filter((_, index) => index % 2 === 0);
    for (const name of half) rmSync(join(path, name), { recursive: true, force: true });
  },
  copyFile: (_from, to = '') => writeFileSync(to, 'half'),
  appendFile: (path = '', text = '') => writeFileSync(path, text.slice(0, 5), { flag: 'a' }),
};

async function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}
