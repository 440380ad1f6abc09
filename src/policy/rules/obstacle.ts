import type { Case, Rule, VersionCase } from '../rule.ts';

/** What keeps a module from a kernel for good, or until somebody mends it. An existing build stays as it is. */
export const obstacle: Rule = (found) => {
  const { module, pair, events } = found;
  if (module.problem !== undefined) return { skip: { code: 'module-problem', why: module.problem.message } };
  if (pair.excluded !== undefined) return { skip: { code: 'excluded', why: pair.excluded } };
  if (events.length > 0 && events.every((event) => event.transition === 'abort'))
    return { skip: { code: 'aborted' } };
  const current = currentVersion(found);
  if (current === undefined || current.pair === pair) return undefined;
  return { skip: { code: 'newer-version', newest: current.module.version } };
};

/** One version counts for a kernel: what the admin installed by hand, else the highest that can be built. */
function currentVersion({ versions }: Case): VersionCase | undefined {
  const byHand = versions.findLast(
    ({ pair }) => pair.build?.installed === true && pair.build.origin === 'manual',
  );
  return byHand ?? versions.findLast(isUsable);
}

function isUsable({ module, pair }: VersionCase): boolean {
  return module.registered && module.problem === undefined && pair.excluded === undefined;
}
