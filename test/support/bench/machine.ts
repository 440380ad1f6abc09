import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { type Corpus, readCorpus } from '../corpus.ts';
import { readKernels } from '../kernels.ts';
import { openRoot, type TestRoot } from '../roots.ts';
import type { Cost } from './figures.ts';

/** A Debian with whole kernels, real module sources, the distribution's dkms and our toolkit. */
export interface BenchMachine extends AsyncDisposable {
  readonly root: TestRoot;
  readonly corpus: Corpus;
  /** Runs a shell script as it comes. */
  shell(script: string, ...parameters: readonly string[]): Promise<string>;
  /** What a shell script takes; one that fails is an error that tells what it said. */
  time(script: string, ...parameters: readonly string[]): Promise<Cost>;
  /** As `time`, of so many runs one after the other, between which nothing is mounted anew. */
  timeEach(times: number, script: string, ...parameters: readonly string[]): Promise<Cost[]>;
  /** As `time`, and notes the memory of the engine. */
  timeEngine(script: string, ...parameters: readonly string[]): Promise<Cost>;
  /** The highest peak of an engine's own process so far, in MB. */
  engineMemory(): Promise<number>;
}

const probe = '/srv/engine-memory.cjs';
const hours = 2 * 3600;

/** Prints a line for each run: what it took. */
const timer = `TIMEFORMAT='%3R %3U %3S'
times=$1 script=$2; shift 2
while [ $((times--)) -gt 0 ]; do
  { time sh -ec "$script" bench "$@" >/srv/said 2>&1; } 2>/srv/cost || { status=$?; tail -n 40 /srv/said >&2; exit $status; }
  cat /srv/cost
done`;

export async function openBenchMachine(): Promise<BenchMachine> {
  const root = await openRoot('trixie-sandbox');
  await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
  await root.copyIn(fileURLToPath(new URL('engine-memory.cjs', import.meta.url)), probe);
  const { debs } = await readKernels(root);
  await root.run(['dpkg', '--install', '/srv/kmodsmith.deb', debs['dkms']?.file ?? 'dkms']);
  const shell = async (script: string, ...parameters: readonly string[]) =>
    (await root.run(['sh', '-ec', script, 'bench', ...parameters], { timeoutSeconds: hours })).stdout;
  const timeWith = async (
    env: Readonly<Record<string, string>>,
    times: number,
    ...words: readonly string[]
  ) => {
    const argv = ['bash', '-c', timer, 'time', String(times), ...words];
    const { stdout } = await root.run(argv, { env, timeoutSeconds: hours });
    return stdout.trim().split('\n').map(parseCost);
  };
  const timeOne = async (env: Readonly<Record<string, string>>, ...words: readonly string[]) =>
    (await timeWith(env, 1, ...words))[0] as Cost;
  return {
    root,
    corpus: await readCorpus(root),
    shell,
    time: (...words) => timeOne({}, ...words),
    timeEach: (times, ...words) => timeWith({}, times, ...words),
    timeEngine: (...words) => timeOne({ NODE_OPTIONS: `--require=${probe}` }, ...words),
    engineMemory: async () => {
      const peaks = (await shell('cat /srv/engine-memory')).trim().split('\n').map(Number);
      return (Math.max(...peaks) * 1024) / 1e6;
    },
    [Symbol.asyncDispose]: () => root.dispose(),
  };
}

function parseCost(text: string): Cost {
  const [real = Number.NaN, user = Number.NaN, system = Number.NaN] = text.trim().split(' ').map(Number);
  if (!Number.isFinite(real + user + system)) throw new Error(`this is not what a command took: ${text}`);
  return { real, cpu: user + system };
}
