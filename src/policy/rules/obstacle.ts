import type { Rule, Surroundings } from '../rule.ts';
import { isPinned } from '../versions.ts';

/** What keeps a module from a kernel for good, or until somebody mends it. An existing build stays as it is. */
export const obstacle: Rule = (found) => {
  const { module, pair, current } = found;
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

/** What has a build keeps it. One that an aborted removal has already lost is made again like a new one. */
function isAborted({ events }: Surroundings): boolean {
  return events.length > 0 && events.every((event) => event.transition === 'abort');
}
