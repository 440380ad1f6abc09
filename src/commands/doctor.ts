import { resolve } from 'node:path';
import type { Diagnosis } from '../apply/doctor/diagnosis.ts';
import { examine } from '../apply/doctor/examine.ts';
import type { CommonOptions } from './context.ts';
import { printJson, printLines } from './output.ts';

/** `kmodsmith doctor`: what is wrong with this system and what to do about it. The status is 1 when something is. */
export async function runDoctor({ root, json }: CommonOptions): Promise<number> {
  const diagnoses = await examine(resolve(root));
  const problems = diagnoses.filter(({ level }) => level === 'problem').length;
  if (json) printJson({ version: 1, problems, diagnoses });
  else printLines([...diagnoses.flatMap(lines), summary(problems)]);
  return problems === 0 ? 0 : 1;
}

const marks: Readonly<Record<Diagnosis['level'], string>> = { ok: 'ok', note: 'note', problem: 'PROBLEM' };

function lines({ level, check, message, next }: Diagnosis): string[] {
  const first = `${marks[level].padEnd(marks.problem.length)}  ${check}: ${message}`;
  const indent = ' '.repeat(marks.problem.length + 2);
  return [first.replaceAll('\n', `\n${indent}`), ...(next === undefined ? [] : [`${indent}next: ${next}`])];
}

function summary(problems: number): string {
  if (problems === 0) return 'All is well.';
  return problems === 1 ? 'There is one problem.' : `There are ${problems} problems.`;
}
