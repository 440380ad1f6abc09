import { isRemoval, type Rule, type Surroundings } from '../rule.ts';
import { isPinned } from '../versions.ts';

/** What keeps a module from a kernel for good, or until somebody mends it. An existing build stays as it is. */
export const obstacle: Rule = (found) => {
  const { module, pair, current } = found;
  if (isToolkitLeaving(found)) return { skip: { code: 'toolkit-removed' } };
  const problem = module.problem ?? pair.problem;
  if (problem !== undefined) return { skip: { code: 'module-problem', why: problem.message } };
  if (!module.registered && pair.build !== undefined)
    return { skip: { code: 'module-problem', why: 'it is not registered any more' } };
  if (pair.excluded !== undefined) return { skip: { code: 'excluded', why: pair.excluded } };
  if (pair.build !== undefined && isAborted(found)) return { skip: { code: 'aborted' } };
  if (current === undefined || current.pair === pair) return undefined;
  return {
    skip: {
      code: 'other-version',
      current: current.module.version,
      ...(isPinned(current) && { pinned: true }),
    },
  };
};

/** What works goes on working without us (policy.md section 4, "toolkit removed"). */
function isToolkitLeaving({ events }: Surroundings): boolean {
  const own = events.filter((event) => event.subject === 'toolkit');
  return own.length > 0 && own.every(isRemoval);
}

/**
 * What has a build keeps it, also when a removal was told before it was aborted. One that an aborted removal has already
 * lost is made again like a new one.
 */
function isAborted({ events }: Surroundings): boolean {
  const others = events.filter((event) => !isRemoval(event));
  return others.length > 0 && others.every((event) => event.transition === 'abort');
}
