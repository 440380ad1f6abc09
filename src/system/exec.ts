import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import type { Options } from 'execa';
import { KmodsmithError } from '../errors.ts';
import { noteUnseen } from './looks.ts';
import { engines, killGroup, running } from './running.ts';

/** The only PATH that programs we start see: a package manager's environment is not trusted. */
export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface RunOptions {
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | undefined;
  /** After this the program's whole process group is killed. */
  readonly timeoutSeconds?: number;
  /** Send stdout and stderr, interleaved as written, to this file instead of collecting them. */
  readonly logFile?: string;
  /** Let the program write to our own streams instead: both to their likes, or both to stderr. */
  readonly show?: 'both' | 'on-stderr';
  /** What the program inherits of our open files, as the descriptors from 3 on. */
  readonly descriptors?: readonly number[];
  /** It is an engine of ours, which has to hear of it when we are told to stop. */
  readonly isEngine?: boolean;
  /** What it says depends on nothing but files that we have looked at. */
  readonly isRepeatable?: boolean;
}

export interface RunResult {
  readonly exitCode: number;
  readonly signal?: string;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program without a shell, in a clean environment, with stdin closed. A program that fails, is killed or
 * runs out of time is a result, not an exception.
 * @throws KmodsmithError COMMAND_FAILED when it cannot be started at all.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  if (options.isRepeatable !== true) noteUnseen();
  // One descriptor for both streams: only so does the file have them in the order in which they were written.
  const log = options.logFile === undefined ? undefined : await open(options.logFile, 'a');
  try {
    return await runInto(argv, { ...options, ...outputs(log?.fd, options.show) });
  } finally {
    await log?.close();
  }
}

async function runInto(argv: readonly string[], options: Running): Promise<RunResult> {
  const [program = '', ...args] = argv;
  const execa = await loadExeca();
  const child = execa(program, args, execaOptions(options));
  const alike = options.isEngine === true ? engines : running;
  if (child.pid !== undefined) alike.add(child.pid);
  const timer = killGroupAfter(child.pid, options.timeoutSeconds);
  const result = await child;
  timer.clear();
  if (child.pid !== undefined) alike.delete(child.pid);
  if (child.pid === undefined) throw cannotStart(argv, result.message ?? '');
  return toResult(result, timer.fired());
}

/** As `run`, and a status other than 0 is an error that carries the end of what the program said. */
export async function runChecked(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await run(argv, options);
  if (result.exitCode === 0) return result;
  const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-5).join('\n');
  throw new KmodsmithError(
    'COMMAND_FAILED',
    `${argv.join(' ')}: ${result.signal ?? `exit status ${result.exitCode}`}${said === '' ? '' : `\n${said}`}`,
  );
}

/**
 * Starts a program that stays while we do: it has said `ready` on its first line, and ends when its stdin does. When it
 * ends without saying so, its result tells why.
 * @throws KmodsmithError COMMAND_FAILED when it cannot be started at all.
 */
export async function startHolder(
  argv: readonly string[],
  ready: string,
): Promise<{ end(): Promise<void> } | RunResult> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { env: { PATH: searchPath, LC_ALL: 'C' }, stdio: 'pipe' });
  const failure = await once(child, 'spawn').catch((error: Error) => error);
  if (failure instanceof Error) throw cannotStart(argv, failure.message);
  const closed = once(child, 'close');
  // It may have ended before we close its stdin.
  child.stdin.on('error', () => {});
  const stderr = textOf(child.stderr);
  const said = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    child.stdout.once('end', () => resolve(''));
  });
  if (said.trimEnd() !== ready) {
    const [exitCode, signal] = await closed;
    return toResult({ exitCode, signal: signal ?? undefined, stdout: said, stderr: await stderr }, false);
  }
  return {
    end: async () => {
      child.stdin.end();
      await closed;
    },
  };
}

/** Reading it takes a third of the time of a run that starts no program but the lock's. */
export async function loadExeca() {
  return (await import('execa')).execa;
}

interface Ended {
  readonly exitCode?: number | null | undefined;
  readonly signal?: string | undefined;
  readonly stdout?: unknown;
  readonly stderr?: unknown;
}

function toResult(result: Ended, timedOut: boolean): RunResult {
  return {
    exitCode: result.exitCode ?? 128,
    ...(result.signal === undefined ? {} : { signal: result.signal }),
    timedOut,
    stdout: text(result.stdout),
    stderr: text(result.stderr),
  };
}

/** As execa takes them: a number is a descriptor. */
interface Outputs {
  readonly stdout: 'pipe' | number;
  readonly stderr: 'pipe' | number;
}

type Running = RunOptions & Outputs;

function outputs(log: number | undefined, show: RunOptions['show']): Outputs {
  if (log !== undefined) return { stdout: log, stderr: log };
  if (show === undefined) return { stdout: 'pipe', stderr: 'pipe' };
  return { stdout: show === 'both' ? 1 : 2, stderr: 2 };
}

function execaOptions(options: Running): Options & { reject: false } {
  return {
    reject: false,
    extendEnv: false,
    env: { PATH: searchPath, LC_ALL: 'C', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input !== undefined && { input: options.input }),
    stdio: [
      options.input === undefined ? 'ignore' : 'pipe',
      // execa passes on any descriptor, although its types name few.
      options.stdout as 'pipe',
      options.stderr as 'pipe',
      ...((options.descriptors ?? []) as unknown as 'pipe'[]),
    ],
    // A process group of its own, so that make's grandchildren can be killed together.
    detached: true,
    cleanup: true,
    stripFinalNewline: false,
  };
}

function killGroupAfter(pid: number | undefined, seconds: number | undefined) {
  let fired = false;
  const timer =
    pid === undefined || seconds === undefined
      ? undefined
      : setTimeout(() => {
          fired = true;
          killGroup(pid);
        }, seconds * 1000);
  return { clear: () => clearTimeout(timer), fired: () => fired };
}

function cannotStart(argv: readonly string[], message: string): KmodsmithError {
  return new KmodsmithError('COMMAND_FAILED', `${argv[0]} cannot be started: ${message.split('\n')[0]}`, {
    hint: `Install the package that provides ${argv[0]}.`,
  });
}

function text(output: unknown): string {
  return typeof output === 'string' ? output : '';
}
