import type { FailureClass } from './failure-class.ts';
import { isSameModule } from './identity.ts';
import type { Reason, SkipReason } from './reasons.ts';
import type { Action, ModuleId, PackageEvent, Skipped } from './types.ts';

/** What one run of the engine did and why, and what it left alone and why: plain data. */
export interface HistoryEntry {
  readonly version: 1;
  /** When it was over: ms since the epoch. */
  readonly at: number;
  /** What it was told; none for a run that looked at everything, and for what an admin asked for by name. */
  readonly events: readonly PackageEvent[];
  readonly deeds: readonly Deed[];
  readonly skipped: readonly Skipped[];
}

/** What was done about a pair, a module or a kernel. */
export interface Deed {
  readonly module?: ModuleId;
  /** Release. */
  readonly kernel?: string;
  /** Those that were done. */
  readonly steps: readonly Action['do'][];
  readonly because: Reason;
  /** The step at which it ended, when it did not come to its end. */
  readonly failed?: DeedFailure;
}

export interface DeedFailure {
  readonly step: Action['do'];
  readonly state: 'failed' | 'not-reached';
  readonly code: string;
  /** Of a build. */
  readonly class?: FailureClass;
  readonly message: string;
}

interface Pair {
  readonly module: ModuleId;
  /** Release. */
  readonly kernel: string;
}

/** Whether the event is about this very kernel or module; one of the toolkit is about everything. */
export function namesPair({ kernel, module }: Pair, event: PackageEvent): boolean {
  if (event.subject === 'module') return event.module.name === module.name;
  return event.subject !== 'toolkit' && event.kernel === kernel;
}

/**
 * Whether something was left alone for a reason that may pass. The others are states that only change when something
 * is done or told: saying so again after every run is no news.
 */
export function isPending({ code }: SkipReason): boolean {
  return pending[code];
}

const pending: Readonly<Record<SkipReason['code'], boolean>> = {
  'headers-missing': true,
  'headers-unusable': true,
  'dependency-missing': true,
  'failed-before': true,
  'module-problem': true,
  'successor-missing': true,
  aborted: true,
  'up-to-date': false,
  'autoinstall-off': false,
  unregistered: false,
  'held-back': false,
  'image-missing': false,
  'refresh-never': false,
  'outside-refresh-scope': false,
  excluded: false,
  'toolkit-removed': false,
  'not-built': false,
  'nothing-to-undo': false,
  'other-version': false,
};

/** What the last run that had to do with a pair was told of it, and what came of that. */
export interface Touch {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly events: readonly PackageEvent[];
  readonly outcome: Deed | Skipped;
}

/** Of runs, the oldest first. One that did something, or was told of the pair, comes before one that looked at it. */
export function lastTouch(entries: readonly HistoryEntry[], pair: Pair): Touch | undefined {
  const touches = entries.flatMap((entry) => touchOf(entry, pair) ?? []);
  const isMeant = ({ outcome, events }: Touch) =>
    'steps' in outcome || events.some((event) => namesPair(pair, event));
  return touches.findLast(isMeant) ?? touches.at(-1);
}

function touchOf({ at, events, deeds, skipped }: HistoryEntry, pair: Pair): Touch | undefined {
  const isOwn = ({ module, kernel }: Partial<Pair>) =>
    module !== undefined && isSameModule(module, pair.module) && (kernel ?? pair.kernel) === pair.kernel;
  const own = deeds.filter(isOwn);
  const outcome = own.find(({ kernel }) => kernel !== undefined) ?? skipped.find(isOwn) ?? own[0];
  if (outcome === undefined) return undefined;
  const named = events.filter((event) => namesPair(pair, event));
  return { at, outcome, events: named.length > 0 ? named : events };
}
