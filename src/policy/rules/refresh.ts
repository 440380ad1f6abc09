import type { Reason, SkipReason } from '../reasons.ts';
import {
  type Case,
  hasArrivalSince,
  isReconfiguredSince,
  kernelEvent,
  lastingFailure,
  type Rule,
  type Verdict,
} from '../rule.ts';
import type { BuildFacts, KernelFacts } from '../types.ts';

/**
 * What becomes of a build whose kernel stays (policy.md section 2, `refresh`, `reconfigure`, `refresh-scope`). The last
 * good build stays installed until a new one has been built and checked, and where none can be built.
 */
export const refresh: Rule = (found) => {
  const { build } = found.pair;
  if (build === undefined) return undefined;
  const because = reasonToRebuild(found, build);
  if (because === undefined) return keep(found, build);
  const hindrance = blocked(found, because);
  if (hindrance === undefined) return { do: ['build', 'install'], because };
  // One that may be right and cannot be made anew is as good as it was before somebody asked.
  const kept = found.changes.every(({ kind }) => kind === 'unrecorded') && keep(found, build);
  return kept && 'do' in kept ? kept : hindrance;
};

function reasonToRebuild(found: Case, { builtAt, marked }: BuildFacts): Reason | undefined {
  const { kernel, policy, changes } = found;
  if (marked) return { code: 'marked' };
  if (policy.force.includes('rebuild') && hasArrivalSince(found, builtAt)) return { code: 'forced' };
  if (policy.reconfigure === 'always' && isReconfiguredSince(found, builtAt)) {
    return { code: 'reconfigured', package: reconfiguredPackage(found) };
  }
  const arrived = isReplaced(found, 'image') || isReplaced(found, 'headers');
  // A build that is younger than the kernel's files was already made in this transaction.
  if (arrived && policy.refresh === 'always' && kernel.changedAt > builtAt) return { code: 'refresh-always' };
  return isStale(found) ? { code: 'inputs-changed', changes } : undefined;
}

/** The first installation of an image, or of headers, changes nothing for what was built when the other one came. */
function isReplaced(found: Case, subject: 'image' | 'headers'): boolean {
  if (kernelEvent(found, subject, ['upgrade'])) return true;
  return kernelEvent(found, subject, ['install']) && kernelEvent(found, subject, ['remove', 'purge']);
}

/**
 * A build of which nothing is recorded, dkms's own, may be right: it is taken over as it is, and made anew once
 * something that it could depend on moves (policy.md section 5, item 18).
 */
function isStale({ events, changes }: Case): boolean {
  if (changes.some(({ kind }) => kind !== 'unrecorded')) return true;
  return changes.length > 0 && events.some(({ subject }) => subject !== 'toolkit');
}

function reconfiguredPackage({ events }: Case): 'kernel' | 'module' | 'toolkit' {
  const subjects = events
    .filter(({ transition }) => transition === 'reconfigure')
    .map(({ subject }) => subject);
  if (subjects.includes('image') || subjects.includes('headers')) return 'kernel';
  return subjects.includes('module') ? 'module' : 'toolkit';
}

/** Nothing to rebuild; a build that was never installed, or whose install was cut short, gets installed. */
function keep({ pair, kernel }: Case, build: BuildFacts): Verdict {
  if (build.installed) return { skip: { code: 'up-to-date' } };
  if (kernel.image === 'absent' && kernel.headers.state === 'absent')
    return { skip: { code: 'image-missing' } };
  if (!pair.autoinstall && build.origin !== 'manual') return { skip: { code: 'autoinstall-off' } };
  return { do: ['install'], because: { code: 'not-installed' } };
}

function blocked(found: Case, because: Reason): Verdict | undefined {
  const { pair, policy, changes } = found;
  const isAsked = because.code === 'marked' || because.code === 'forced';
  if (because.code === 'inputs-changed' && !allowsRefresh(found))
    return { skip: { code: 'refresh-never', changes } };
  if (policy['refresh-scope'] === 'autoinstall' && !pair.autoinstall && !isAsked) {
    return { skip: { code: 'outside-refresh-scope', changes } };
  }
  const hindrance = whatHinders(found);
  if (hindrance === undefined) return undefined;
  return { skip: hindrance.code === 'failed-before' ? hindrance : { ...hindrance, changes } };
}

/**
 * Whether a stale build may be refreshed: `reconfigure` rules reconfiguring, `refresh` everything else that concerns
 * the kernel. A module that arrives is refreshed in any case: its own inputs changed, not the kernel's.
 */
function allowsRefresh({ events, policy }: Case): boolean {
  if (events.some((event) => event.subject === 'module')) return true;
  const reconfiguring = events.filter((event) => event.transition === 'reconfigure').length;
  if (reconfiguring > 0 && policy.reconfigure !== 'never') return true;
  return policy.refresh !== 'never' && (reconfiguring === 0 || reconfiguring < events.length);
}

type Hindrance = Extract<
  SkipReason,
  { code: 'headers-missing' | 'headers-unusable' | 'dependency-missing' | 'failed-before' }
>;

/** What is in the way of a build that is wanted: what has to be mended first comes first. */
export function whatHinders(found: Case): Hindrance | undefined {
  const waiting = waitingForHeaders(found.kernel);
  if (waiting !== undefined) return waiting;
  const isRequired = !found.policy.force.includes('ignore-dependencies');
  if (found.missing.length > 0 && isRequired) return { code: 'dependency-missing', missing: found.missing };
  const failure = lastingFailure(found);
  if (failure === undefined) return undefined;
  const { summary, class: failureClass, log } = failure;
  return { code: 'failed-before', summary, class: failureClass, log };
}

/** What the kernel's headers lack for anything to be built; undefined when they are ready. */
function waitingForHeaders({ headers }: KernelFacts) {
  switch (headers.state) {
    case 'ready':
      return undefined;
    case 'absent':
      return { code: 'headers-missing', ...(headers.package && { package: headers.package }) } as const;
    case 'unusable':
      return { code: 'headers-unusable', why: headers.why } as const;
  }
}
