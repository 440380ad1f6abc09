import type { Outcome } from '../apply/performing.ts';
import type { Done, Report } from '../apply/reconcile.ts';
import { formatProblem } from '../config/format-problem.ts';
import type { PolicyProblem } from '../config/policy-file.ts';
import { sentence } from '../formats/sentence.ts';
import { moduleLabel } from '../policy/explain.ts';
import { explainPlan } from '../policy/explain-plan.ts';
import { adviseFailure, explainFailureClass } from '../policy/failure-class.ts';
import { isFatal, type Policies, policyFor } from '../policy/policies.ts';
import type { Action, Plan } from '../policy/types.ts';
import { noteUnseen } from '../system/looks.ts';

export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

export function printLines(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

export function printPlan(plan: Plan, json: boolean): void {
  if (json) printJson(plan);
  else printLines(plan.actions.length === 0 ? [...explainPlan(plan), 'Nothing to do.'] : explainPlan(plan));
}

/** Returns the lines of the text. */
export function printReport(report: Report, json: boolean): string[] {
  const { plan, outcomes, rubbish, finished } = report;
  if (json) {
    printJson({ version: 1, plan, outcomes, rubbish, ...(finished && { finished }) });
    return [];
  }
  const lines = outcomes.length === 0 ? [...reportLines(report), 'Nothing to do.'] : reportLines(report);
  printLines(lines);
  return lines;
}

/** Says what was done and why, then what failed and what to do about it. */
export function reportLines({ finished, rubbish, ...own }: Report): string[] {
  const earlier = finished === undefined ? [] : doneLines(finished);
  return [
    ...(earlier.length > 0 ? ['What an earlier run was asked for, and could not end:', ...earlier] : []),
    ...doneLines(own),
    ...rubbish.map((file) => `${file} held no recorded call; it is kept as rejected-*`),
  ];
}

function doneLines({ plan, outcomes }: Done): string[] {
  const done = outcomes.filter(({ state }) => state === 'done');
  const plain = done.filter(({ note }) => note === undefined).map(({ action }) => action);
  return [
    ...explainPlan({ ...plan, actions: plain, skipped: [] }, 'done'),
    ...done.flatMap(({ note }) => note ?? []),
    ...explainPlan({ ...plan, actions: [] }),
    ...outcomes.flatMap(failureLines),
  ];
}

/** An action failed, or the policy counts having to wait as a failure. */
export function hasFailed({ plan, outcomes }: Report): boolean {
  return (
    outcomes.some((outcome) => outcome.state === 'failed') ||
    plan.skipped.some(({ severity }) => severity === 'failure')
  );
}

/** Whether the policy has it that the package operation fails, too. */
export function hasFatalFailure({ plan, outcomes }: Report, policies: Policies): boolean {
  const failed = outcomes.filter(({ state }) => state === 'failed').map(({ action }) => action);
  return (
    plan.skipped.some(({ severity }) => severity === 'failure') ||
    failed.some((action) => isFatal('module' in action ? policyFor(policies, action.module) : policies.base))
  );
}

function failureLines({ state, error }: Outcome): string[] {
  if (error === undefined) return [];
  const { message, hint, log, class: failureClass } = error;
  const what = explainFailureClass(failureClass);
  const why = [...(what === '' ? [] : [sentence(what)]), ...adviseFailure(failureClass)].join(' ');
  const isNamed = log === undefined || hint?.includes(log);
  return [
    `${state === 'failed' ? 'failed' : 'not reached'}: ${message}`,
    ...(why === '' ? [] : [`  ${why}`]),
    ...(hint === undefined ? [] : [`  ${hint}`]),
    ...(isNamed ? [] : [`  The whole log: ${log}`]),
  ];
}

/** Lines for what takes a while. */
export const progress = {
  onStart(action: Action): void {
    if (action.do === 'build') say(`building ${moduleLabel(action.module)} for ${action.kernel.release}`);
    if (action.do === 'initramfs') say(`looking after the initramfs of ${action.kernel.release}`);
  },
  onWait(): void {
    say('waiting for another kmodsmith to end');
  },
};

/** For those who go on without what is invalid in the policy. */
export function sayProblems(problems: readonly PolicyProblem[]): void {
  for (const problem of problems) say(`${formatProblem(problem)} (left out)`);
}

/** For those who look at what another engine has in its hands. */
export const busy = 'another kmodsmith is at work; what it has begun is listed, too';

/** A line for the person or the log beside the result. */
export function say(line: string): void {
  noteUnseen();
  sayLines([line]);
}

/** The result itself, where stdout is the package manager's. Returns what it wrote, as lines. */
export function sayLines(lines: readonly string[]): string[] {
  const said = lines.map((line) => `kmodsmith: ${line}`);
  for (const line of said) process.stderr.write(`${line}\n`);
  return said;
}
