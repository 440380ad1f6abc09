import { isRemoval, type Rule } from '../rule.ts';

/**
 * Where the policy has it so, builds go with the headers although their kernel stays (policy.md section 2,
 * `headers-removed`). Only a removal counts, not that there are none: a build may have come in an archive.
 */
export const headersRemoved: Rule = ({ kernel, pair, policy, events }) => {
  if (policy['headers-removed'] !== 'unbuild' || pair.build === undefined) return undefined;
  const isRemoved = events.some((event) => event.subject === 'headers' && isRemoval(event));
  if (!isRemoved || kernel.headers.state === 'ready') return undefined;
  return { do: ['uninstall', 'unbuild'], because: { code: 'headers-removed' } };
};
