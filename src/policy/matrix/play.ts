import { decide } from '../decide.ts';
import type { Policy } from '../knobs.ts';
import type { Facts, PackageEvent, Plan } from '../types.ts';
import type { Column } from './columns.ts';
import { type Disk, eventOf, read, type Surroundings, strike } from './disk.ts';
import { carryOut } from './effects.ts';
import type { Happening, Row } from './row.ts';
import { setOut } from './scene.ts';

export interface Playing {
  readonly row: Row;
  readonly kernel: 'old' | 'fresh';
  readonly column: Column;
  readonly policy: Policy;
  /** Whether something that went into the builds has changed. */
  readonly isStale: boolean;
}

/** One decision: what it was made from, and what it comes to. */
export interface Act {
  readonly before: Facts;
  readonly plan: Plan;
  readonly after: Facts;
}

/** ms between two transactions, and between two hooks of one. */
const transactionTime = 100_000;
const hookTime = 1000;

/**
 * Lets the transactions of a row happen, one after the other, with a decision at the end of each; where the policy
 * says `when = 'immediate'`, with one in each hook.
 */
export function play(playing: Playing): Act[] {
  const { row, policy } = playing;
  const { disk, kernel, autoinstall } = setOut(playing);
  const stage: Stage = { disk, acts: [], policy, fails: row.fails === true };
  for (const [index, happenings] of row.told.entries()) {
    const at = (index + 1) * transactionTime;
    const surroundings = { kernel, autoinstall, at };
    if (policy.when === 'immediate' && happenings.length > 0) hookByHook(stage, happenings, surroundings);
    else atOnce(stage, happenings, surroundings);
  }
  return stage.acts;
}

interface Stage {
  disk: Disk;
  readonly acts: Act[];
  readonly policy: Policy;
  readonly fails: boolean;
}

/** All that was told is in the queue by then, and what is removed is gone. */
function atOnce(stage: Stage, happenings: readonly Happening[], surroundings: Surroundings): void {
  const events = happenings.map((happening) => eventOf(happening, surroundings));
  for (const event of effective(events)) stage.disk = strike(stage.disk, event, surroundings);
  act(stage, events, surroundings.at + hookTime);
}

/** Removals are told while the files are still there, and the rest once all files have been laid down. */
function hookByHook(stage: Stage, happenings: readonly Happening[], surroundings: Surroundings): void {
  const events = happenings.map((happening, index) =>
    eventOf(happening, { ...surroundings, at: surroundings.at + index * hookTime }),
  );
  const isRemoval = ({ transition }: PackageEvent) => transition === 'remove' || transition === 'purge';
  const effects = effective(events);
  for (const event of events.filter(isRemoval)) {
    act(stage, [{ ...event, underway: true }], event.at);
    if (effects.includes(event)) stage.disk = strike(stage.disk, event, surroundings);
  }
  const others = events.filter((event) => !isRemoval(event));
  for (const event of others)
    stage.disk = strike(stage.disk, { ...event, at: surroundings.at }, surroundings);
  for (const event of others) act(stage, [event], event.at);
}

/** What is aborted later does nothing to the disk. */
function effective(events: readonly PackageEvent[]): PackageEvent[] {
  const isUndone = (event: PackageEvent, index: number) =>
    events
      .slice(index)
      .some(({ subject, transition }) => transition === 'abort' && subject === event.subject);
  return events.filter((event, index) => !isUndone(event, index));
}

function act(stage: Stage, events: readonly PackageEvent[], at: number): void {
  const { sources, facts: before } = read(stage.disk, events);
  const plan = decide(events, before, { base: stage.policy, modules: {} });
  const after = carryOut(before, plan, { at, fails: () => stage.fails });
  stage.acts.push({ before, plan, after });
  stage.disk = { sources, facts: after };
}
