import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Step } from './dying-engine.ts';
import { leftovers, observeState, type State, visibleModules } from './observe-state.ts';
import { type Phase, type PhaseName, phases, type Releases } from './phases.ts';
import { processesLeft } from './processes-left.ts';

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
}

export interface TrialResult {
  /** How many engines died; the others were done before it was their turn. */
  readonly died: number;
  /** Of the first engine: how long it ran, and how often it changed something on the disk. */
  readonly first: { readonly milliseconds: number; readonly changes: number };
  /** The modules below /lib/modules by their content: before, at each death, and in the end. */
  readonly modules: { readonly before: State; readonly atDeaths: readonly State[]; readonly after: State };
  readonly state: State;
  /** What is left that nobody needs. */
  readonly left: readonly string[];
  /** What the engines said. */
  readonly said: string;
}

/** Carries out a phase inside the root with engines that die, and in the end two that do not. */
export async function runTrial({ phase: name, releases, deaths, isUntold }: Trial): Promise<TrialResult> {
  const phase: Phase = phases[name];
  await phase.prepare(releases);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  const before = visibleModules();
  const engines: Ended[] = [];
  const atDeaths: State[] = [];
  for (const death of [...deaths, undefined, undefined]) {
    const argv = engines.length === 0 && !isUntold ? phase.argv(releases) : ['run'];
    engines.push(await runEngine(argv, death));
    if (death !== undefined) atDeaths.push(visibleModules());
  }
  const processes = await processesLeft();
  return {
    died: engines.filter(({ status }) => status === null).length,
    first: { milliseconds: engines[0]?.milliseconds ?? 0, changes: changesOfFirst() },
    modules: { before, atDeaths, after: visibleModules() },
    state: observeState(),
    left: [...leftovers(), ...processes, ...engines.flatMap(failure), ...newMounts(mounts), ...lockLeft()],
    said: engines.map(({ argv, said }) => `$ kmodsmith ${argv.join(' ')}\n${said}`).join(''),
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

async function runEngine(argv: readonly string[], death?: Death): Promise<Ended> {
  const started = performance.now();
  const CRASH_AT = death?.kind === 'step' ? death.step : '0 before';
  const engine = spawn('kmodsmith', argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CRASH_AT, CRASH_COUNT: counted, NODE_OPTIONS: '--import=/srv/dying-engine.mjs' },
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

function newMounts(before: string): string[] {
  const known = new Set(before.split('\n'));
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => !known.has(line));
}

function lockLeft(): string[] {
  try {
    execFileSync('flock', ['--nonblock', '/var/lib/kmodsmith/lock', 'true']);
    return [];
  } catch {
    return ['the lock is still held'];
  }
}
