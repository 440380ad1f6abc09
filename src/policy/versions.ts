import { isModuleRemoved, type VersionCase } from './rule.ts';
import type { PackageEvent } from './types.ts';

/** One version counts for a kernel: what the admin installed by hand, else the highest that can be built. */
export function currentVersion(
  versions: readonly VersionCase[],
  events: readonly PackageEvent[],
): VersionCase | undefined {
  const staying = versions.filter(({ module }) => !isModuleRemoved(events, module));
  const byHand = staying.findLast(
    ({ pair }) => pair.build?.installed === true && pair.build.origin === 'manual',
  );
  return byHand ?? staying.findLast(isUsable);
}

function isUsable({ module, pair }: VersionCase): boolean {
  const isWanted = pair.autoinstall || pair.build !== undefined;
  const isSound = module.problem === undefined && pair.problem === undefined && pair.excluded === undefined;
  return module.registered && isWanted && isSound;
}
