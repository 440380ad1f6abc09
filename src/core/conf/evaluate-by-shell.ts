import type { KmodsmithError } from '../../errors.ts';
import { type Answer, askBash, type Enclosure, type NotStarted, noAnswer, noEnclosure } from './ask-bash.ts';
import { confError } from './conf-error.ts';
import type { ConfRequest, ConfResult, Evaluation } from './dkms-conf.ts';

/** What bash makes of dkms.conf files, in the order of the requests. */
export interface Evaluated {
  readonly results: readonly ConfResult[];
  /** Paths that the shell could not look at, of those that its enclosure names. */
  readonly hidden: ReadonlySet<string>;
}

/**
 * Evaluates what takes a shell. When a dkms.conf stops bash itself, a new one goes on with the confs after it. Nothing was
 * evaluated where the shell could not be started in its enclosure.
 */
export async function evaluateByShell(
  requests: readonly ConfRequest[],
  options: Evaluation,
  enclosure: Enclosure = noEnclosure,
): Promise<Evaluated | NotStarted> {
  const results = new Map<ConfRequest, ConfResult>();
  let hidden: ReadonlySet<string> | undefined;
  let pending = requests;
  while (pending.length > 0) {
    const asked = await askBash(pending, options, enclosure);
    // Once it could be made, what a dkms.conf does about it is no reason to do without.
    if ('because' in asked && hidden === undefined) return asked;
    const { answers, unfinished, timedOut } = 'because' in asked ? nothing : asked;
    hidden ??= 'because' in asked ? new Set() : asked.hidden;
    const answered = pending.slice(0, answers.length);
    for (const [index, request] of answered.entries())
      results.set(request, toResult(request.files, answers[index] as Answer));
    const [culprit, ...rest] = pending.slice(answered.length);
    if (culprit === undefined) break;
    // It may have had little time because those before it took theirs; as the first it has all.
    pending = [culprit, ...rest];
    if (timedOut && !unfinished.ended && (answers.at(-1)?.seconds ?? 0) > 1) continue;
    const error = stopped(culprit.files, timedOut ? options.timeoutSeconds : undefined);
    // For another kernel it would do the same again.
    const same = [culprit, ...rest].filter(({ files }) => files[0] === culprit.files[0]);
    for (const request of same) results.set(request, { error });
    // It came to its end and left a process that kept its stderr open.
    if (timedOut && unfinished.ended) results.set(culprit, toResult(culprit.files, unfinished));
    pending = rest.filter((request) => !results.has(request));
  }
  return {
    results: requests.map((request) => results.get(request) as ConfResult),
    hidden: hidden ?? new Set(),
  };
}

const nothing = { answers: [], unfinished: noAnswer(), timedOut: false };

/** What stands before a syntax error counts, for bash and so for dkms. */
function toResult(files: readonly string[], answer: Answer): ConfResult {
  // bash mumbles of its own variables when `set -e` ends a function inside a sourced file.
  const said = answer.said
    .trimEnd()
    .split('\n')
    .filter((line) => !line.includes('pop_var_context'));
  const warnings = said.flatMap((line) => findSyntaxError(files, line));
  if (answer.ended) return { values: answer.values, warnings };
  if (warnings[0] !== undefined) return { error: confError('CONF_SYNTAX', warnings[0]) };
  const last = said.at(-1) ?? '';
  const error = confError(
    'CONF_SYNTAX',
    `${files.join(', ')}: calls exit (status ${answer.status}), so none of its directives count${last === '' ? '' : `; it said: ${last}`}`,
  );
  return { error };
}

function findSyntaxError(files: readonly string[], line: string): string[] {
  const [, file = '', number, message] =
    /^(.*): line (\d+): ((?:syntax error|unexpected EOF).*)$/.exec(line) ?? [];
  const named = isPassed(file) ? files[0] : file;
  return files.includes(named ?? '') ? [`${named}, line ${number}: ${message}`] : [];
}

/** Under what name bash reads the text of a file that it may not read. */
function isPassed(file: string): boolean {
  return file.startsWith('/dev/fd/');
}

function stopped(files: readonly string[], seconds: number | undefined): KmodsmithError {
  const why =
    seconds === undefined
      ? 'it stopped the shell that evaluates it'
      : `evaluation did not end within ${seconds} s`;
  return confError('CONF_TIMEOUT', `${files[0]}: ${why}`);
}
