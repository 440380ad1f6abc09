import type { Framework } from '../config/framework.ts';
import { type Survey, survey } from '../core/facts.ts';
import type { Layout } from '../core/layout.ts';
import { decide } from '../policy/decide.ts';
import type { Policies } from '../policy/policies.ts';
import { everything, type Scope, scopeOf } from '../policy/scope.ts';
import type { Action, Facts, PackageEvent, Plan } from '../policy/types.ts';
import { announceChanges } from './announce-changes.ts';
import { engineSettings } from './engine-settings.ts';
import { lockTree } from './lock-tree.ts';
import { type Outcome, perform } from './perform.ts';
import { clearQueue, emptyQueue, type Queue, readQueue } from './queue.ts';
import { recover } from './recover.ts';

export interface ReconcileOptions {
  readonly layout: Layout;
  readonly framework: Framework;
  readonly policies: Policies;
  /** Events besides those in the queue. */
  readonly events?: readonly PackageEvent[];
  /** Plans what an admin asked for by name, from the facts alone; the queue stays as it is. */
  readonly planFor?: (facts: Facts) => Plan;
  readonly onStart?: (action: Action) => void;
  /** Told when another engine is at work and this one waits for it. */
  readonly onWait?: () => void;
}

export interface Report {
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
  /** Queue files that held no call; they were set aside. */
  readonly rubbish: readonly string[];
}

/** Reads the queue and the disk and decides, changing nothing. */
export async function plan(options: ReconcileOptions): Promise<{ plan: Plan; survey: Survey; queue: Queue }> {
  const queue = options.planFor === undefined ? await readQueue(options.layout) : emptyQueue;
  const events = [...queue.events, ...(options.events ?? [])];
  const found = await survey(options.layout, scopeFor(options, events));
  const planned = options.planFor?.(found.facts) ?? decide(events, found.facts, options.policies);
  return { plan: planned, survey: found, queue };
}

/**
 * The whole flow under the tree's lock: mend what a crash left, read, decide, perform, then forget the events. What the
 * admin wants to be run after a change comes last, without the lock.
 * @throws KmodsmithError LOCK_BUSY.
 */
export async function reconcile(options: ReconcileOptions): Promise<Report> {
  const report = await reconcileAlone(options);
  await announceChanges(options, report.outcomes);
  return report;
}

async function reconcileAlone(options: ReconcileOptions): Promise<Report> {
  await using _lock = await lockTree(options);
  await recover(options.layout);
  const { plan: planned, survey: found, queue } = await plan(options);
  const { layout, framework, policies, onStart } = options;
  const outcomes = await perform(planned, {
    layout,
    survey: found,
    policies,
    settings: engineSettings({ layout, framework, distribution: found.distribution }),
    ...(onStart === undefined ? {} : { onStart }),
  });
  await clearQueue(layout, queue);
  return { plan: planned, outcomes, rubbish: queue.rubbish };
}

function scopeFor({ planFor }: ReconcileOptions, events: readonly PackageEvent[]): Scope {
  return planFor !== undefined || events.length === 0 ? everything : scopeOf(events);
}
