import { resolve } from 'node:path';
import { formatProblem } from '../config/format-problem.ts';
import { readPolicyFile } from '../config/load-policy.ts';
import type { PolicyProblem } from '../config/policy-file.ts';
import { invalidPolicyStatus } from '../errors.ts';
import { printJson, printLines } from './output.ts';

export interface PolicyCheckOptions {
  /** As typed; relative to the working directory, not to any root. */
  readonly file: readonly string[];
  readonly json: boolean;
}

/** `kmodsmith policy check FILE…`: every mistake of files that need not be in their place yet. */
export async function runPolicyCheck({ file: names, json }: PolicyCheckOptions): Promise<number> {
  const files = await Promise.all(names.map(check));
  if (json) printJson({ version: 1, files });
  else printLines(files.flatMap(lines));
  return files.every(({ problems }) => problems.length === 0) ? 0 : invalidPolicyStatus;
}

interface Checked {
  readonly file: string;
  readonly problems: readonly PolicyProblem[];
}

async function check(file: string): Promise<Checked> {
  const { problems } = await readPolicyFile({ root: '/', file: resolve(file) });
  return { file, problems: problems.map((problem) => ({ ...problem, file })) };
}

function lines({ file, problems }: Checked): string[] {
  return problems.length === 0 ? [`${file}: valid`] : problems.map(formatProblem);
}
