import { isRemoval, type Rule } from '../rule.ts';

/** A module that its package manager removes goes from every kernel (policy.md section 4, "module package removed"). */
export const moduleRemoved: Rule = ({ events, module, pair }) => {
  const removed = events.some(
    (event) => event.subject === 'module' && isRemoval(event) && event.module.version === module.version,
  );
  if (!removed) return undefined;
  if (pair.build === undefined) return { skip: { code: 'up-to-date' } };
  return { do: ['uninstall', 'unbuild'], because: { code: 'module-removed' } };
};
