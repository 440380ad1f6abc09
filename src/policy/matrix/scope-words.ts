import { installedIn, outcomeFor } from './outcome.ts';
import type { Act } from './play.ts';
import { releases } from './row.ts';

export interface Scoping {
  readonly act: Act;
  /** K. */
  readonly kernel: string;
  /** Whether the row is about K alone, so that K goes without saying. */
  readonly isLocal: boolean;
  /** Whether the cell tells of K in another way. */
  readonly isTold: boolean;
}

/** For which kernels. All means those that do not wait for headers, or those that have a build. */
export function scopeWords(group: readonly string[], { act, kernel, isLocal, isTold }: Scoping): string {
  const releasesHere = act.before.kernels.map(({ release }) => release);
  const all = releasesHere.filter((release) => outcomeFor(release, act) !== 'waits');
  const built = releasesHere.filter((release) => installedIn(act.before, release) !== undefined);
  const waits = group.some((release) => outcomeFor(release, act) === 'waits');
  if (waits || (isLocal && isEqual(group, [kernel]))) return '';
  if (isEqual(group, built) && group.includes(kernel)) return '';
  const others = all.filter((release) => release !== kernel);
  if (isTold && isEqual(group, others)) return ' elsewhere';
  return isEqual(group, all) ? ' everywhere' : ` for ${namesOf(group, kernel)}`;
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}

/** "K", "the running and the newest kernel". */
function namesOf(group: readonly string[], kernel: string): string {
  const others = group.filter((release) => release !== kernel).map((release) => names[release] ?? release);
  const words = others.length === 0 ? [] : [`the ${others.join(' and the ')} kernel`];
  return [...(group.includes(kernel) ? ['K'] : []), ...words].join(' and ');
}

const names: Readonly<Record<string, string>> = {
  [releases.old]: 'old',
  [releases.running]: 'running',
  [releases.newest]: 'newest',
};
