import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { leftovers, observeState, type State } from './observe-state.ts';
import { phases, type Releases } from './phases.ts';
import { processesLeft } from './processes-left.ts';

export interface CrowdOptions {
  readonly releases: Releases;
  readonly how: 'at-once' | 'one-by-one';
  /** The first engine, which has the lock, dies after so many ms. */
  readonly killFirstAfter?: number;
}

export interface CrowdResult {
  readonly engines: readonly Engine[];
  readonly state: State;
  readonly left: readonly string[];
}

interface Engine {
  readonly argv: readonly string[];
  /** None when it was killed. */
  readonly status: number | null;
  readonly said: string;
}

/** Eight engines inside one root that want different things of the same modules; then one more. */
export async function runCrowd({ releases, how, killFirstAfter }: CrowdOptions): Promise<CrowdResult> {
  await phases.install.prepare(releases);
  const engines: Engine[] = [];
  if (how === 'one-by-one') for (const argv of crowd(releases)) engines.push(await start(argv));
  else engines.push(...(await startAll(crowd(releases), killFirstAfter)));
  engines.push(await start(['run']));
  const left = [...leftovers(), ...(await processesLeft())];
  return { engines, state: observeState(), left };
}

function crowd([first, second]: Releases): readonly (readonly string[])[] {
  return [
    ['run'],
    ['install', 'birch/1.0', '-k', first, '-k', second],
    ['remove', 'cedar/1.0'],
    ['autoinstall', '-k', first],
    ['autoinstall', '-k', second],
    ['hook', 'dpkg', 'header_postinst.d', first],
    ['hook', 'dpkg', 'postinst.d', second],
    ['install', 'alder/1.0', '-k', second],
  ];
}

/** The first one is given time to take the lock. */
async function startAll(
  all: readonly (readonly string[])[],
  killAfter: number | undefined,
): Promise<Engine[]> {
  const [first = [], ...others] = all;
  const running = [start(first, killAfter)];
  if (killAfter !== undefined) await setTimeout(killAfter / 2);
  running.push(...others.map((argv) => start(argv)));
  return Promise.all(running);
}

async function start(argv: readonly string[], killAfter?: number): Promise<Engine> {
  const engine = spawn('kmodsmith', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [engine.stdout, engine.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
    });
  const ended = once(engine, 'exit');
  if (killAfter !== undefined) {
    await Promise.race([setTimeout(killAfter), ended]);
    engine.kill('SIGKILL');
  }
  const [status] = await ended;
  return { argv, status, said };
}
