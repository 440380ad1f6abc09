import { type Deed, type DeedFailure, type HistoryEntry, isPending, namesPair } from '../policy/history.ts';
import type { Action, InputChange, PackageEvent, Plan, Skipped } from '../policy/types.ts';
import type { Outcome } from './performing.ts';

export interface FinishedRun {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly events: readonly PackageEvent[];
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
}

/** What there is to remember of a run; undefined when it did nothing and left nothing undone that was asked of it. */
export function toHistoryEntry({ at, events, plan, outcomes }: FinishedRun): HistoryEntry | undefined {
  const deeds = [...groupByTarget(outcomes).values()].flatMap((own) => toDeed(own) ?? []);
  const skipped = plan.skipped
    .filter((one) => isPending(one.because) || events.some((event) => namesPair(one, event)))
    .map((one): Skipped => ({ ...one, because: shorten(one.because) }));
  if (deeds.length === 0 && skipped.length === 0) return undefined;
  return { version: 1, at, events: eachOnce(events), deeds, skipped };
}

/** A hook tells what it has also recorded in the queue. */
function eachOnce(events: readonly PackageEvent[]): PackageEvent[] {
  const known = new Map<string, PackageEvent>();
  for (const event of events) {
    const { at: _at, underway: _underway, ...told } = event;
    const key = JSON.stringify(told);
    if (!known.has(key)) known.set(key, event);
  }
  return [...known.values()];
}

function groupByTarget(outcomes: readonly Outcome[]): Map<string, Outcome[]> {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const key = JSON.stringify(targetOf(outcome.action));
    groups.set(key, [...(groups.get(key) ?? []), outcome]);
  }
  return groups;
}

function targetOf(action: Action): Pick<Deed, 'module' | 'kernel'> {
  return {
    ...('module' in action && { module: action.module }),
    ...('kernel' in action && { kernel: action.kernel.release }),
  };
}

/**
 * What runs for a kernel when its modules change goes with them; only that it failed is worth a word, and that links were
 * taken away, by which a kernel may lose a module.
 */
function toDeed(outcomes: readonly Outcome[]): Deed | undefined {
  const [first] = outcomes;
  if (first === undefined) return undefined;
  const failed = outcomes.find(({ state }) => state !== 'done');
  const isTelling = 'module' in first.action || first.action.because.code === 'links-broken';
  if (!isTelling && failed === undefined) return undefined;
  return {
    ...targetOf(first.action),
    steps: outcomes.filter(({ state }) => state === 'done').map(({ action }) => action.do),
    because: shorten(first.action.because),
    ...(failed !== undefined && { failed: toFailure(failed) }),
  };
}

/** Characters. A compiler's complaints are in the log, too. */
const longestMessage = 2000;

function toFailure({ action, state, error }: Outcome): DeedFailure {
  const { code = 'NOT_REACHED', message = 'something before it failed', class: why } = error ?? {};
  return {
    step: action.do,
    state: state === 'failed' ? 'failed' : 'not-reached',
    ...{ code, ...(why !== undefined && { class: why }), message: message.slice(0, longestMessage) },
  };
}

/** As many as are told by name; a build reads hundreds of headers. */
const keptChanges = 3;

function shorten<Because extends object>(because: Because): Because {
  const { changes, summary } = because as { changes?: readonly InputChange[]; summary?: string };
  return {
    ...because,
    ...(changes !== undefined && { changes: changes.slice(0, keptChanges) }),
    ...(summary !== undefined && { summary: summary.slice(0, longestMessage) }),
  };
}
