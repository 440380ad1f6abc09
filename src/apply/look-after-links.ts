import type { JudgedLink } from '../core/weak-links/judge-links.ts';
import { settleLinks } from '../core/weak-links/settle-links.ts';
import { describeLinkFault, objectOf } from '../core/weak-links/weak-link.ts';
import { moduleLabel } from '../policy/explain.ts';
import type { Policies } from '../policy/policies.ts';
import type { Action, Plan } from '../policy/types.ts';
import { isLookedAfter } from '../policy/weak-links.ts';
import { type LookingAfter, noteObjects } from './look-after-initramfs.ts';

type LinkAction = Extract<Action, { do: 'weak-links' }>;

/**
 * Takes away what a kernel would not load, and keeps proofs of the rest.
 * @returns what was found, in a sentence.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function lookAfterLinks(
  { kernel: { release } }: LinkAction,
  plan: Plan,
  options: LookingAfter & { readonly policies: Policies },
): Promise<string> {
  const { layout, policies } = options;
  const judged = await settleLinks({
    ...{ layout, release },
    isWanted: (module) => isLookedAfter(module, policies),
    onChange: (changed) =>
      noteObjects({ release, objects: changed.map(({ link }) => objectOf(link.path)) }, plan, options),
  });
  return `weak links of ${release}: ${describeLinks(judged)}`;
}

function describeLinks(judged: readonly JudgedLink[]): string {
  const gone = judged.flatMap(({ link, verdict }) => {
    if (verdict.state !== 'broken') return [];
    const why = verdict.faults.map((fault) => describeLinkFault(link, fault)).join('; ');
    return [
      `took away ${link.path}, which led to ${moduleLabel(link.at.module)} for ${link.at.release}: ${why}`,
    ];
  });
  const unknown = judged.filter(({ verdict }) => verdict.state === 'unknown').length;
  const fitting = judged.length - gone.length - unknown;
  const counts = [
    ...(fitting > 0 ? [`${fitting} proven to fit`] : []),
    ...(unknown > 0 ? [`${unknown} left alone, with nothing to compare with`] : []),
  ];
  const parts = [...gone, ...counts];
  return parts.length === 0 ? 'there are none any more' : parts.join('; ');
}
