import type { CrashRoots } from './crash-roots.ts';
import { judge, type Reference } from './judge.ts';
import { type Phase, type PhaseName, phases } from './phases.ts';
import { type Random, randomFrom } from './random.ts';
import type { Death } from './trial.ts';

export interface Marathon {
  /** So many engines die in each phase. */
  readonly kills: Readonly<Partial<Record<PhaseName, number>>>;
  /** Of the moments at which they do; a failure says which trial it was. */
  readonly seed: number;
}

export interface Tally {
  readonly kills: number;
  readonly trials: number;
  /** None: every trial ended as if nothing had been. */
  readonly problems: readonly string[];
}

/** A new one for every run, or that of a run that is to be repeated. */
export function crashSeed(): number {
  return Number(process.env['KMODSMITH_CRASH_SEED'] ?? Date.now() % 100_000);
}

/** Kills engines at random moments, lets others go on, and compares what comes of it with an undisturbed run. */
export async function runMarathon(roots: CrashRoots, { kills, seed }: Marathon): Promise<Tally> {
  let tally: Tally = { kills: 0, trials: 0, problems: [] };
  for (const [phase, wanted] of Object.entries(kills) as [PhaseName, number][]) {
    const started = performance.now();
    const { kills: own, trials, problems } = await runPhase(roots, { phase, wanted, seed });
    tally = {
      kills: tally.kills + own,
      trials: tally.trials + trials,
      problems: [...tally.problems, ...problems],
    };
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(
      `crash: ${phase}: ${own} kills in ${trials} trials, ${problems.length} problems, ${seconds} s`,
    );
  }
  return tally;
}

interface Leg {
  readonly phase: PhaseName;
  readonly wanted: number;
  readonly seed: number;
}

async function runPhase(roots: CrashRoots, { phase, wanted, seed }: Leg): Promise<Tally> {
  const reference = await observeUndisturbed(roots, phase);
  const random = randomFrom(`${seed} ${phase}`);
  const problems: string[] = [];
  let kills = 0;
  let trials = 0;
  for (; kills < wanted && trials < 3 * wanted; trials++) {
    const deaths = drawDeaths(random, reference);
    const result = await roots.run({ phase, deaths: deaths.slice(0, wanted - kills) });
    kills += result.died;
    const found = judge(result, reference);
    const label = `${phase}, seed ${seed}, trial ${trials}: ${JSON.stringify(deaths)}`;
    if (found.length > 0) problems.push(`${label}\n${found.join('\n')}\n${result.said}`);
  }
  return { kills, trials, problems };
}

async function observeUndisturbed(roots: CrashRoots, phase: PhaseName): Promise<Reference> {
  const done = await roots.run({ phase, deaths: [] });
  const { isAsked }: Phase = phases[phase];
  if (!isAsked) return { done };
  return { done, untold: await roots.run({ phase, deaths: [], isUntold: true }) };
}

/** One engine after the other may die; three in a row are rare. */
function drawDeaths(random: Random, { done }: Reference): Death[] {
  const count = random.pick([1, 1, 2, 2, 3]);
  return Array.from({ length: count }, (_, index) => {
    const kind = random.pick(['engine', 'everything', 'step'] as const);
    // Those that go on have less to do.
    const part = random.fraction() / (index + 1);
    if (kind !== 'step') return { kind, afterMs: Math.round(part * done.first.milliseconds) };
    const number = 1 + Math.floor(part * done.first.changes);
    return { kind, step: `${number} ${random.pick(['before', 'half', 'after'] as const)}` };
  });
}
