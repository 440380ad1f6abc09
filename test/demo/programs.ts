import { execa } from 'execa';
import { findProgram } from '../../src/core/build/toolchain.ts';

/** The demo cannot go on; the message says why and what would help. */
export class DemoStopped extends Error {}

/** Runs a program of the demo's own and returns what it printed; it is stopped when the demo is. */
export async function capture(argv: readonly string[], signal: AbortSignal): Promise<string> {
  const [program = '', ...args] = argv;
  const env = { LC_ALL: 'C' };
  const result = await execa(program, args, { cancelSignal: signal, env, stdin: 'ignore', reject: false });
  signal.throwIfAborted();
  if (result.failed) {
    const said = `${result.stderr ?? ''}`.trim().split('\n').slice(0, 3).join('; ');
    throw new Error(`${program} ${args.at(-1) ?? ''}: ${said || result.shortMessage}`);
  }
  return result.stdout;
}

/** The programs that are not where the engine looks for them; `a|b` means that either will do. */
export async function missingPrograms(wanted: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    wanted.map(async (words) => {
      const paths = await Promise.all(words.split('|').map(findProgram));
      return paths.some((path) => path !== undefined);
    }),
  );
  return wanted.filter((_, index) => !found[index]).map((words) => words.replaceAll('|', ' or '));
}
