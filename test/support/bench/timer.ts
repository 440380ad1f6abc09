import type { TestRoot } from '../roots.ts';
import type { Cost } from './figures.ts';

/** Runs shell scripts in a root, and tells what they take. */
export interface Timer {
  /** Runs a shell script as it comes. */
  shell(script: string, ...parameters: readonly string[]): Promise<string>;
  /** What a shell script takes; one that fails is an error that tells what it said. */
  time(script: string, ...parameters: readonly string[]): Promise<Cost>;
  /** As `time`, of so many runs one after the other, between which nothing is mounted anew. */
  timeEach(times: number, script: string, ...parameters: readonly string[]): Promise<Cost[]>;
}

const hours = 2 * 3600;

/** Prints a line for each run: what it took. */
const program = `TIMEFORMAT='%3R %3U %3S'
times=$1 script=$2; shift 2
while [ $((times--)) -gt 0 ]; do
  { time sh -ec "$script" bench "$@" >/srv/said 2>&1; } 2>/srv/cost || { status=$?; tail -n 40 /srv/said >&2; exit $status; }
  cat /srv/cost
done`;

/** `env` is what the scripts that are timed find in their environment besides. */
export function timerIn(root: TestRoot, env: Readonly<Record<string, string>> = {}): Timer {
  const timeEach = async (times: number, ...words: readonly string[]) => {
    const argv = ['bash', '-c', program, 'time', String(times), ...words];
    const { stdout } = await root.run(argv, { env, timeoutSeconds: hours });
    return stdout.trim().split('\n').map(parseCost);
  };
  return {
    shell: async (script, ...parameters) =>
      (await root.run(['sh', '-ec', script, 'bench', ...parameters], { timeoutSeconds: hours })).stdout,
    time: async (...words) => (await timeEach(1, ...words))[0] as Cost,
    timeEach,
  };
}

function parseCost(text: string): Cost {
  const [real = Number.NaN, user = Number.NaN, system = Number.NaN] = text.trim().split(' ').map(Number);
  if (!Number.isFinite(real + user + system)) throw new Error(`this is not what a command took: ${text}`);
  return { real, cpu: user + system };
}
