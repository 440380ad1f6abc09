import { explainReason, explainSkip } from '../explain.ts';
import type { Policy } from '../knobs.ts';
import { isFatal } from '../policies.ts';
import type { Reason, SkipReason } from '../reasons.ts';
import type { Plan } from '../types.ts';
import type { Column } from './columns.ts';
import { moduleName } from './disk.ts';
import { installedIn, type Outcome, outcomeFor } from './outcome.ts';
import { type Act, play } from './play.ts';
import { type Row, releases } from './row.ts';
import { scopeWords } from './scope-words.ts';

/** What the policy does on an event to a module. */
export interface Cell {
  /** In the letters and words of the legend, in the order in which it happens. */
  readonly text: string;
  readonly reasons: readonly CellReason[];
}

interface CellReason {
  readonly code: Reason['code'] | SkipReason['code'];
  /** As `kmodsmith plan` gives it. */
  readonly words: string;
}

export interface CellQuestion {
  readonly row: Row;
  readonly kernel: 'old' | 'fresh';
  readonly column: Column;
  readonly policy: Policy;
}

/**
 * Lets the row happen to a machine where nothing has changed since the builds were made, and to one where something
 * has: what is rebuilt in both is rebuilt in any case.
 */
export function computeCell(question: CellQuestion): Cell {
  const { row, policy } = question;
  const stale = play({ ...question, isStale: true });
  const fresh = row.fails ? stale : play({ ...question, isStale: false });
  const acts = [...fresh, ...stale];
  const words = [
    ...deeds({ row, fresh, stale, kernel: releases[question.kernel] }),
    ...alarms({ fresh, stale, policy }),
  ];
  return { text: words.join(', '), reasons: reasonsOf(acts) };
}

interface Runs {
  readonly row: Row;
  readonly fresh: readonly Act[];
  /** The same decisions where inputs have changed. */
  readonly stale: readonly Act[];
  /** K. */
  readonly kernel: string;
}

function deeds({ row, fresh, stale, kernel }: Runs): string[] {
  const parts = fresh.flatMap((act, index) =>
    partsOf(act, { row, beside: stale[index] ?? act, kernel, isLast: index === fresh.length - 1 }),
  );
  const last = fresh.at(-1);
  if (last === undefined) return ['–'];
  const isKept = installedIn(last.after, kernel) !== undefined;
  if (parts.every((part) => part === 'A') && isKept) return [...parts, 'K'];
  return parts.length > 0 ? parts : [isRegistered(last) && isAboutModule(row) ? 'A' : '–'];
}

function isAboutModule({ told }: Row): boolean {
  return told.flat().some((happening) => happening.startsWith('module'));
}

function isAboutKernels({ told }: Row): boolean {
  const happenings = told.flat();
  return happenings.length > 0 && happenings.every((happening) => /^(image|headers):/.test(happening));
}

function isRegistered({ after }: Act): boolean {
  return after.modules.some(({ registered }) => registered);
}

interface Beside {
  readonly row: Row;
  readonly beside: Act;
  readonly kernel: string;
  readonly isLast: boolean;
}

function partsOf(act: Act, { row, beside, kernel, isLast }: Beside): string[] {
  const groups = new Map<string, string[]>();
  const releasesHere = act.before.kernels
    .map(({ release }) => release)
    .filter((release) => release !== kernel);
  for (const release of [kernel, ...releasesHere]) {
    const letter = letterOf(outcomeFor(release, act), outcomeFor(release, beside));
    // Waiting is worth a word where it is K that does, and is still so in the end.
    if (letter === undefined || (letter === letters.waits && !(isLast && release === kernel))) continue;
    groups.set(letter, [...(groups.get(letter) ?? []), release]);
  }
  const isTold =
    installedIn(act.before, kernel) !== undefined || [...groups.values()].flat().includes(kernel);
  const steps = act.plan.actions.map((action) => action.do);
  const scoping = { act, kernel, isTold, isLocal: isAboutKernels(row) };
  return [
    ...(steps.includes('register') ? ['A'] : []),
    ...[...groups].map(([letter, group]) => `${letter}${scopeWords(group, scoping)}`),
    ...(steps.includes('deregister') && !isRegistered(act) ? ['R'] : []),
  ];
}

const letters: Readonly<Partial<Record<Outcome, string>>> = {
  built: 'B',
  rebuilt: 'F',
  carried: 'carry',
  installed: 'install',
  replaced: 'U then B',
  removed: 'U',
  uninstalled: 'uninstall',
  waits: 'waits for headers',
};

/** Nothing for what leaves everything as it is. */
function letterOf(fresh: Outcome, stale: Outcome): string | undefined {
  if (fresh === stale) return letters[fresh];
  if (fresh === 'kept' && stale === 'rebuilt') return 'S';
  return `${letters[fresh] ?? 'K'} (${letters[stale] ?? 'K'} if stale)`;
}

/** What the policy makes of builds that fail or wait. */
function alarms({ fresh, stale, policy }: Pick<Runs, 'fresh' | 'stale'> & { policy: Policy }): string[] {
  const [usual, changed] = [alarmOf(fresh, policy), alarmOf(stale, policy)];
  if (changed === undefined) return [];
  return [usual === changed ? changed : `${changed} if stale`];
}

function alarmOf(acts: readonly Act[], policy: Policy): 'warn' | 'fail' | undefined {
  const waiting = acts.flatMap(({ plan }) => plan.skipped.flatMap(({ severity }) => severity ?? []));
  const hasFailed = acts.some(({ after }) => after.pairs.some(({ failure }) => failure !== undefined));
  if (waiting.includes('failure') || (hasFailed && isFatal(policy))) return 'fail';
  return waiting.length > 0 || hasFailed ? 'warn' : undefined;
}

function reasonsOf(acts: readonly Act[]): CellReason[] {
  const all = acts.flatMap(({ plan }) => [...reasonsToAct(plan), ...reasonsToSkip(plan)]);
  return [...new Map(all.map((reason) => [reason.words, reason])).values()];
}

function reasonsToAct({ actions }: Plan): CellReason[] {
  return actions
    .filter((action) => 'module' in action && action.module.name === moduleName)
    .map(({ because }) => ({ code: because.code, words: explainReason(because) }));
}

function reasonsToSkip({ skipped }: Plan): CellReason[] {
  return skipped.map(({ because }) => ({ code: because.code, words: explainSkip(because) }));
}
