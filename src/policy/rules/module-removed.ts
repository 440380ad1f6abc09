import { isModuleRemoved, type Rule } from '../rule.ts';

/** A module that its package manager removes goes from every kernel (policy.md section 4, "module package removed"). */
export const moduleRemoved: Rule = ({ events, module, pair }) => {
  if (!isModuleRemoved(events, module)) return undefined;
  if (pair.build === undefined) return { skip: { code: 'not-built' } };
  return { do: ['uninstall', 'unbuild'], because: { code: 'module-removed' } };
};
