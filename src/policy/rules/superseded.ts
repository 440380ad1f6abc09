import type { Rule } from '../rule.ts';

/**
 * What an upgrade of its package left behind of the earlier version (policy.md section 4, "module upgraded to a new
 * version"): it goes once the new one is in its place, and stays while that cannot be.
 */
export const superseded: Rule = ({ module, pair, policy, successor }) => {
  if (successor === undefined) return undefined;
  const { version: by, state } = successor;
  const { build } = pair;
  if (build === undefined) return { skip: { code: 'other-version', current: by } };
  const because = { code: 'superseded', by } as const;
  if (state === 'installed') return { do: ['unbuild'], because, dependencies: { [module.name]: by } };
  const isInPlace = build.installed || build.remains === true;
  if (!isInPlace) return { do: ['unbuild'], because };
  if (state === 'unwanted' && policy['module-upgrade'] === 'drop')
    return { do: ['uninstall', 'unbuild'], because };
  return { skip: { code: 'successor-missing', successor: by } };
};
