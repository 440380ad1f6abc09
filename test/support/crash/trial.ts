import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Step } from './dying-engine.ts';
import { leftovers, observeState, type State, visibleModules } from './observe-state.ts';
import { type Phase, type PhaseName, phases, type Releases } from './phases.ts';
import { processesLeft } from './processes-left.ts';
import { makeScarce, type ScarceDisk, type Scarcity } from './scarce-disk.ts';

/** How the engine dies: itself alone, with all that it has started, or at one of its changes of the disk. */
export type Death =
  | { readonly kind: 'engine' | 'everything'; readonly afterMs: number }
  | { readonly kind: 'step'; readonly step: Step };

export interface Trial {
  readonly phase: PhaseName;
  readonly releases: Releases;
  /** Of one engine after the other, each of which goes on where the one before died. */
  readonly deaths: readonly Death[];
  /** The engine is not even told. */
  readonly isUntold?: true;
  /** What the first engine has to do with; the disk is mended after it. */
  readonly disk?: Scarcity;
}

export interface TrialResult {
  /** How many engines died; the others were done before it was their turn. */
  readonly died: number;
  /** Of the first engine: how long it ran, and how often it changed something on the disk. */
  readonly first: First;
  /** The modules below /lib/modules by their content: before, at each death, and in the end. */
  readonly modules: { readonly before: State; readonly atDeaths: readonly State[]; readonly after: State };
  readonly state: State;
  /** What is left that nobody needs. */
  readonly left: readonly string[];
  /** What the engines said. */
  readonly said: string;
}

interface First {
  readonly status: number | null;
  readonly said: string;
  readonly milliseconds: number;
  readonly changes: number;
  /** Bytes of the disk that it took at most; known of a scarce disk. */
  readonly bytes: number;
  /** What was on the disk when it had ended. */
  readonly state: State;
}

/** Carries out a phase inside the root with engines that die, and in the end two that do not. */
export async function runTrial({
  phase: name,
  releases,
  deaths,
  isUntold,
  disk,
}: Trial): Promise<TrialResult> {
  const phase: Phase = phases[name];
  await phase.prepare(releases);
  const scarce = disk && makeScarce(disk);
  const mounts = mountPoints();
  const before = visibleModules();
  const watch = watchSpace(scarce);
  const env = phase.env ?? {};
  const first = await runEngine(isUntold ? ['run'] : phase.argv(releases), { death: deaths[0], env });
  const bytes = watch.end();
  const state = observeState();
  const atDeaths = [visibleModules()];
  scarce?.mend();
  const engines = [first];
  for (const death of [...deaths.slice(1), undefined, undefined]) {
    engines.push(await runEngine(['run'], { death }));
    atDeaths.push(visibleModules());
  }
  const processes = await processesLeft();
  return {
    died: engines.filter(({ status }) => status === null).length,
    first: { ...first, changes: changesOfFirst(), bytes, state },
    modules: { before, atDeaths, after: visibleModules() },
    state: observeState(),
    left: [
      ...leftovers(),
      ...processes,
      ...engines.slice(scarce ? 1 : 0).flatMap(failure),
      ...newMounts(mounts),
      ...lockLeft(),
    ],
    said: engines.map(({ argv, said }) => `$ kmodsmith ${argv.join(' ')}\n${said}`).join(''),
  };
}

function watchSpace(disk: ScarceDisk | undefined): { end(): number } {
  const before = disk?.free() ?? 0;
  let least = before;
  const look = () => {
    least = Math.min(least, disk?.free() ?? 0);
  };
  const timer = setInterval(look, 25);
  return {
    end: () => {
      clearInterval(timer);
      return before - least;
    },
  };
}

interface Ended {
  readonly argv: readonly string[];
  /** None when it was killed. */
  readonly status: number | null;
  readonly milliseconds: number;
  readonly said: string;
}

function failure({ argv, status }: Ended): string[] {
  return status === 0 || status === null ? [] : [`kmodsmith ${argv.join(' ')} ended with ${status}`];
}

const counted = '/srv/changes';

function changesOfFirst(): number {
  return existsSync(counted) ? Number(readFileSync(counted, 'utf8')) : 0;
}

interface Running {
  readonly death: Death | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

async function runEngine(argv: readonly string[], { death, env }: Running): Promise<Ended> {
  const started = performance.now();
  const CRASH_AT = death?.kind === 'step' ? death.step : '0 before';
  const engine = spawn('kmodsmith', argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...env,
      CRASH_AT,
      CRASH_COUNT: counted,
      NODE_OPTIONS: '--import=/srv/dying-engine.mjs',
    },
  });
  let said = '';
  for (const stream of [engine.stdout, engine.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
    });
  const ended = once(engine, 'exit');
  if (death !== undefined && death.kind !== 'step') await killAfter(engine, death, ended);
  const [status] = await ended;
  return { argv, status, milliseconds: performance.now() - started, said };
}

async function killAfter(
  engine: ChildProcess,
  { kind, afterMs }: Extract<Death, { afterMs: number }>,
  ended: Promise<unknown>,
): Promise<void> {
  await Promise.race([setTimeout(afterMs), ended]);
  if (engine.exitCode !== null) return;
  engine.kill('SIGKILL');
  // kill(2): all but the first process of the namespace and the one that kills.
  if (kind === 'everything') process.kill(-1, 'SIGKILL');
}

function newMounts(before: readonly string[]): string[] {
  const known = new Set(before);
  return mountPoints().filter((mount) => !known.has(mount));
}

/** With their numbers (proc_pid_mountinfo(5)). */
function mountPoints(): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split(' ')).map(([id, , , , place]) => `mount ${id} ${place}`);
}

function lockLeft(): string[] {
  try {
    execFileSync('flock', ['--nonblock', '/var/lib/kmodsmith/lock', 'true']);
    return [];
  } catch {
    return ['the lock is still held'];
  }
}
