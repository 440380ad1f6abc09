import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

export interface ExecuteOptions {
  env?: Readonly<Record<string, string>>;
  input?: string | Uint8Array;
  allowFailure?: boolean;
  timeoutSeconds?: number;
  /** An open descriptor of ours that the command finds as its descriptor 3. */
  descriptor?: number;
  /** What errors call the command, where argv is mostly wrapping. */
  shownAs?: readonly string[];
}

export interface Outcome {
  exitCode: number;
  stdout: Buffer;
  stderr: Buffer;
  /** Both streams in the order they arrived. */
  log: string;
  seconds: number;
}

export class CommandFailed extends Error {
  readonly argv: readonly string[];
  readonly exitCode: number;
  readonly log: string;

  constructor(argv: readonly string[], outcome: { exitCode: number; log: string }, why?: string) {
    const tail = outcome.log.trimEnd().split('\n').slice(-60).join('\n');
    super(`${why ?? `exit code ${outcome.exitCode}`}: ${JSON.stringify(argv)}\n${tail}`);
    this.name = 'CommandFailed';
    this.argv = argv;
    this.exitCode = outcome.exitCode;
    this.log = outcome.log;
  }
}

/** Runs a host command; it dies with this process, and on a timeout with its whole process group. */
export async function execute(argv: readonly string[], options: ExecuteOptions = {}): Promise<Outcome> {
  const started = performance.now();
  const streams = [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] as const;
  const child = start(argv, {
    env: { ...(options.env ?? process.env) },
    stdio: options.descriptor === undefined ? [...streams] : [...streams, options.descriptor],
    detached: true,
  });
  const output = collect(child);
  child.stdin?.on('error', () => {}); // a command may leave before it has read its input
  child.stdin?.end(options.input);
  const limit = deadline(child, options.timeoutSeconds ?? 600);
  const exitCode = await finished(child);
  clearTimeout(limit.timer);
  const outcome = { exitCode, ...output(), seconds: (performance.now() - started) / 1000 };
  const shown = options.shownAs ?? argv;
  if (limit.passed()) throw new CommandFailed(shown, outcome, `timed out after ${options.timeoutSeconds} s`);
  if (exitCode !== 0 && !options.allowFailure) throw new CommandFailed(shown, outcome);
  return outcome;
}

/** Starts a host command that is killed when this process ends, however it ends. */
export function start(argv: readonly string[], options: SpawnOptions): ChildProcess {
  const [program = '', ...rest] = ['setpriv', '--pdeathsig', 'KILL', '--', ...argv];
  return spawn(program, rest, options);
}

function collect(child: ChildProcess): () => Pick<Outcome, 'stdout' | 'stderr' | 'log'> {
  const streams = { stdout: [] as Buffer[], stderr: [] as Buffer[], log: [] as Buffer[] };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      streams[name].push(chunk);
      streams.log.push(chunk);
    });
  }
  return () => ({
    stdout: Buffer.concat(streams.stdout),
    stderr: Buffer.concat(streams.stderr),
    log: Buffer.concat(streams.log).toString(),
  });
}

function deadline(child: ChildProcess, seconds: number) {
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, seconds * 1000);
  return { timer, passed: () => passed };
}

function finished(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 137));
  });
}
