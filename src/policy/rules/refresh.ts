import { type Case, kernelEvent, type Rule, type Verdict } from '../rule.ts';
import type { BuildFacts, Reason } from '../types.ts';

/**
 * What becomes of a build whose kernel stays (policy.md section 2, `refresh`, `reconfigure`, `refresh-scope`). The last
 * good build stays installed until a new one has been built and checked, and where none can be built.
 */
export const refresh: Rule = (found) => {
  const { build } = found.pair;
  if (build === undefined) return undefined;
  const because = reasonToRebuild(found, build);
  if (because === undefined) return keep(found, build);
  return blocked(found, build) ?? { do: ['build', 'install'], because };
};

function reasonToRebuild(found: Case, { builtAt, changes }: BuildFacts): Reason | undefined {
  const { kernel, policy, events } = found;
  const reconfigured = events.some((event) => event.transition === 'reconfigure' && event.at > builtAt);
  if (reconfigured && policy.reconfigure === 'always') return { code: 'reconfigured' };
  const arrived = (['image', 'headers'] as const).some((subject) =>
    kernelEvent(found, subject, ['install', 'upgrade']),
  );
  // A build that is younger than the kernel's files was already made in this transaction.
  if (arrived && policy.refresh === 'always' && kernel.changedAt > builtAt) return { code: 'refresh-always' };
  return changes.length > 0 ? { code: 'inputs-changed', changes } : undefined;
}

/** Nothing to rebuild; a build that was never installed, or whose install was cut short, gets installed. */
function keep({ pair, kernel }: Case, build: BuildFacts): Verdict {
  if (build.installed) return { skip: { code: 'up-to-date' } };
  if (!pair.autoinstall && build.origin !== 'manual') return { skip: { code: 'autoinstall-off' } };
  if (kernel.image === 'absent' && kernel.headers.state === 'absent')
    return { skip: { code: 'image-missing' } };
  return { do: ['install'], because: { code: 'not-installed' } };
}

function blocked(found: Case, { changes }: BuildFacts): Verdict | undefined {
  const { pair, kernel, policy } = found;
  const reconfiguring = isReconfiguring(found);
  const forbidden = reconfiguring ? policy.reconfigure === 'never' : policy.refresh === 'never';
  if (forbidden && !found.events.some((event) => event.subject === 'module')) {
    return { skip: { code: 'refresh-never', changes } };
  }
  if (policy['refresh-scope'] === 'autoinstall' && !pair.autoinstall) {
    return { skip: { code: 'outside-refresh-scope', changes } };
  }
  if (kernel.headers.state === 'absent') return { skip: { code: 'headers-missing', changes } };
  if (kernel.headers.state === 'unusable')
    return { skip: { code: 'headers-unusable', why: kernel.headers.why } };
  if (pair.failure !== undefined && !reconfiguring)
    return { skip: { code: 'failed-before', ...failureOf(pair.failure) } };
  return undefined;
}

/** The admin asks again by reconfiguring, so that an earlier failure does not count. */
export function isReconfiguring({ events }: Case): boolean {
  return events.some((event) => event.transition === 'reconfigure');
}

export function failureOf({ summary, log }: { summary: string; log: string }) {
  return { summary, log };
}
