import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const options: Readonly<Record<Shell, readonly string[]>> = {
  bash: ['--norc'],
  zsh: ['-f'],
  fish: ['--no-config'],
};

interface Typing {
  /** The completion file. */
  readonly file: string;
  /** What stands before the cursor. */
  readonly line: string;
  readonly cwd: string;
}

/** What a real shell offers, in a fixed order and each once. */
export function complete(shell: Shell, { file, line, cwd }: Typing): string[] {
  const script = fileURLToPath(new URL(`shells/complete.${shell}`, import.meta.url));
  // Without a node in reach: completions must not need one.
  const env = { PATH: '/usr/bin:/bin', HOME: cwd, LC_ALL: 'C.UTF-8' };
  const argv = [...options[shell], script, file, line];
  const { stdout, stderr, status } = spawnSync(shell, argv, { encoding: 'utf8', cwd, env, timeout: 20_000 });
  if (status !== 0) throw new Error(`${shell} ended with ${status}: ${stderr}`);
  return [...new Set(stdout.split('\n').filter((word) => word !== ''))].sort();
}

/** What a test lacks to run the shell. */
export function missingShell(shell: Shell): string | undefined {
  const { error } = spawnSync(shell, ['-c', ':'], { stdio: 'ignore' });
  return error === undefined ? undefined : `${shell} is not installed`;
}
