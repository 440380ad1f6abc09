import type { State } from './observe-state.ts';
import type { TrialResult } from './trial.ts';

/** How a phase ends when nobody disturbs it, and where the engine had not been told at all. */
export interface Reference {
  readonly done: TrialResult;
  readonly untold?: TrialResult;
}

/** What is wrong with the end of a trial. */
export function judge(result: TrialResult, { done, untold }: Reference): string[] {
  const difference = compare(result.state, done.state);
  const isUndone = untold !== undefined && compare(result.state, untold.state).length === 0;
  const torn = result.modules.atDeaths.flatMap((visible) => tornModules(visible, result, done));
  return [...result.left.map((what) => `left: ${what}`), ...torn, ...(isUndone ? [] : difference)];
}

/** Whatever was visible at a death is what was there before, or what is there in the end: whole in either case. */
function tornModules(visible: State, { modules }: TrialResult, done: TrialResult): string[] {
  const isKnown = ([path, hash]: [string, string]) =>
    [modules.before[path], done.modules.after[path], modules.after[path]].includes(hash);
  return Object.entries(visible)
    .filter((one) => !isKnown(one))
    .map(([path]) => `torn: ${path}`);
}

export function compare(found: State, expected: State): string[] {
  const paths = [...new Set([...Object.keys(found), ...Object.keys(expected)])];
  return paths
    .filter((path) => found[path] !== expected[path])
    .map((path) => `${path}: ${found[path] ?? 'missing'} instead of ${expected[path] ?? 'nothing'}`);
}
