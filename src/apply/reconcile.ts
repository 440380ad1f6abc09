import type { Framework } from '../config/framework.ts';
import { type Survey, survey } from '../core/facts.ts';
import type { Layout } from '../core/layout.ts';
import { decide } from '../policy/decide.ts';
import { withOncePerKernel } from '../policy/once-per-kernel.ts';
import type { Policies } from '../policy/policies.ts';
import { everything, type Scope, scopeOf } from '../policy/scope.ts';
import type { Action, Facts, ModuleId, PackageEvent, Plan } from '../policy/types.ts';
import { planUnfinished } from '../policy/unfinished.ts';
import { now } from '../system/clock.ts';
import { announceChanges } from './announce-changes.ts';
import { assertCurrent } from './check-plan.ts';
import { confReader } from './conf-reader.ts';
import { engineSettings } from './engine-settings.ts';
import { recordRun } from './history.ts';
import { closeJournal, isAskedFor, openJournal, resumeJournal } from './journal.ts';
import { lockTree } from './lock-tree.ts';
import { perform } from './perform.ts';
import type { Outcome } from './performing.ts';
import type { SavedPlan } from './plan-file.ts';
import { clearQueue, emptyQueue, type Queue, readQueue, savedQueue } from './queue.ts';
import { recover } from './recover.ts';

export interface ReconcileOptions {
  readonly layout: Layout;
  readonly framework: Framework;
  readonly policies: Policies;
  /** Events besides those in the queue. */
  readonly events?: readonly PackageEvent[];
  /** Of the queue, only calls about these count; all others wait for another run. */
  readonly about?: (event: PackageEvent) => boolean;
  /** Plans what is asked for, from the facts alone; the queue stays as it is. */
  readonly planFor?: (facts: Facts) => Plan;
  /** Modules that the facts have to tell of even if they are not registered. */
  readonly sources?: readonly ModuleId[];
  /** Carries this out if nothing has moved; of the queue, only what it took in is applied. */
  readonly saved?: SavedPlan;
  /** Leaves images to the hooks that make them later in the same transaction; another run follows those. */
  readonly imagesFollow?: boolean;
  /** Jobs of all makes together. */
  readonly jobs?: number | undefined;
  readonly onStart?: (action: Action) => void;
  /** Told when another engine is at work and this one waits for it. */
  readonly onWait?: () => void;
}

/** What was planned, and what became of it. */
export interface Done {
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
}

export interface Report extends Done {
  /** What an earlier run was asked for and could not end; it came first. */
  readonly finished?: Done;
  /** How many queued calls it took in. */
  readonly calls: number;
  /** Queue files that held no call; they were set aside. */
  readonly rubbish: readonly string[];
}

export interface Planned {
  readonly plan: Plan;
  readonly survey: Survey;
  readonly queue: Queue;
  /** All that were decided about. */
  readonly events: readonly PackageEvent[];
}

/**
 * Reads the queue and the disk and decides, changing nothing.
 * @throws KmodsmithError PLAN_OUTDATED, PLAN_INVALID for a saved plan that is not the one to make now.
 */
export async function plan(options: ReconcileOptions): Promise<Planned> {
  const { policies, saved } = options;
  const queue = await queueFor(options);
  const events = [...queue.events, ...(options.events ?? [])];
  const found = await survey(confReader(options), scopeFor(options, events));
  const { facts } = found;
  const asked = options.planFor?.(facts);
  const planned =
    asked === undefined ? decide(events, facts, policies) : withOncePerKernel(asked, { facts, policies });
  if (saved !== undefined) assertCurrent(saved, { facts, policies, plan: planned });
  return { plan: planned, survey: found, queue, events };
}

async function queueFor({ layout, about, planFor, saved }: ReconcileOptions): Promise<Queue> {
  if (saved !== undefined) return savedQueue(layout, saved);
  return planFor === undefined ? readQueue(layout, about) : emptyQueue;
}

/**
 * The whole flow under the tree's lock: mend what a crash left, end what it cut short, read, decide, perform, write down
 * what was done, then forget the events. What the admin wants to be run after a change comes last, without the lock.
 * @throws KmodsmithError LOCK_BUSY, and as `plan`.
 */
export async function reconcile(options: ReconcileOptions): Promise<Report> {
  const report = await reconcileAlone(options);
  await announceChanges(options, [...(report.finished?.outcomes ?? []), ...report.outcomes]);
  return report;
}

async function reconcileAlone(options: ReconcileOptions): Promise<Report> {
  const { layout } = options;
  await using _lock = await lockTree(options);
  await recover(layout);
  const finished = await finishBegun(options);
  const planned = await plan(options);
  const { queue, events } = planned;
  const isJournalled = isAskedFor(options) && planned.plan.actions.length > 0;
  if (isJournalled) await openJournal(layout, planned.plan);
  const done = await carryOut(planned, options);
  await recordRun(layout, { at: now(), events, ...done });
  await clearQueue(layout, queue);
  if (isJournalled) await closeJournal(layout);
  return { ...done, calls: queue.files.length, rubbish: queue.rubbish, ...(finished && { finished }) };
}

async function carryOut(
  { plan: planned, survey: found }: Pick<Planned, 'plan' | 'survey'>,
  { layout, framework, policies, jobs, onStart, imagesFollow = false }: ReconcileOptions,
): Promise<Done> {
  const outcomes = await perform(planned, {
    layout,
    survey: found,
    policies,
    settings: engineSettings({
      ...{ layout, framework, jobs },
      distribution: found.distribution,
      priority: policies.base.priority,
    }),
    imagesFollow,
    ...(onStart === undefined ? {} : { onStart }),
  });
  return { plan: planned, outcomes };
}

/** Ends what somebody asked an earlier run for by name, as far as it still can be done. */
async function finishBegun(options: ReconcileOptions): Promise<Done | undefined> {
  const { layout, policies } = options;
  const journal = await resumeJournal(layout);
  if (journal === undefined) return undefined;
  const found = await survey(confReader(options), everything);
  const left = planUnfinished(journal, { facts: found.facts, policies });
  const done = await carryOut({ plan: left, survey: found }, options);
  await recordRun(layout, { at: now(), events: [], ...done });
  await closeJournal(layout);
  return done;
}

function scopeFor({ planFor, sources = [] }: ReconcileOptions, events: readonly PackageEvent[]): Scope {
  const isWhole = planFor !== undefined || events.length === 0;
  return isWhole ? { ...everything, modules: sources } : scopeOf(events);
}
