import { isModuleRemoved, type VersionCase } from './rule.ts';
import type { PackageEvent } from './types.ts';

/** One version counts for a kernel: the pinned one, else what the admin installed by hand, else the highest that can be built. */
export function currentVersion(
  versions: readonly VersionCase[],
  events: readonly PackageEvent[],
): VersionCase | undefined {
  const isToldOf = events.some(({ subject }) => subject === 'module');
  const staying = isToldOf ? versions.filter(({ module }) => !isModuleRemoved(events, module)) : versions;
  const pinned = staying.find((version) => isPinned(version) && version.module.registered);
  if (pinned !== undefined) return pinned;
  const byHand = staying.findLast(
    ({ pair, module }) =>
      pair.build?.installed === true && pair.build.origin === 'manual' && !hasLostSource(module),
  );
  const sound = staying.filter(isSound);
  return byHand ?? successorOf(staying) ?? sound.findLast(isWanted) ?? sound.at(-1);
}

/** The package of the installed version has brought another one in its place: the highest that is there follows it. */
function successorOf(versions: readonly VersionCase[]): VersionCase | undefined {
  const hasHeir = versions.some(({ module, pair }) => hasLostSource(module) && pair.build !== undefined);
  if (!hasHeir) return undefined;
  return versions.findLast(({ module }) => module.registered && !hasLostSource(module));
}

export function isPinned({ module, policy }: VersionCase): boolean {
  return policy.pin === module.version;
}

/** As after an upgrade of its package: what it was built from is gone. */
export function hasLostSource({ problem }: VersionCase['module']): boolean {
  return problem?.code === 'SOURCE_MISSING';
}

function isSound({ module, pair }: VersionCase): boolean {
  const isClear = module.problem === undefined && pair.problem === undefined && pair.excluded === undefined;
  return module.registered && isClear;
}

/** A lower version with AUTOINSTALL=yes comes before a higher one without, unless the policy does not ask for it. */
function isWanted({ pair, policy }: VersionCase): boolean {
  const isAsked = policy['new-kernel'] !== 'registered' && policy['autoinstall-applies-to'].length > 0;
  return pair.autoinstall || pair.build !== undefined || !isAsked;
}
