import { KmodsmithError } from '../../errors.ts';
import { run } from '../../system/exec.ts';
import { kindOf, readTextIfPresent } from '../../system/files.ts';
import { evaluateOnce } from './conf-memo.ts';
import { type ConfValues, confDirectives } from './directive-names.ts';
import program from './evaluate-conf.sh';
import { evaluatePlainConf, type PlainConf, parsePlainConf } from './plain-conf.ts';

/** The shell variables that a dkms.conf may read (dkms(8), DKMS.CONF VARIABLES, and what real ones use). */
export type ConfVariables = {
  readonly kernelver: string;
  readonly arch: string;
  readonly kernel_source_dir: string;
  readonly kernel_config: string;
  readonly module: string;
  readonly module_version: string;
  readonly dkms_tree: string;
  readonly source_tree: string;
  readonly install_tree: string;
};

export interface ConfRequest {
  /** The dkms.conf, then the override files that exist, in the order in which they are read. */
  readonly files: readonly string[];
  readonly variables: ConfVariables | Readonly<Record<string, string>>;
  /** `NAME=value`: what the command line says instead of the files. */
  readonly winners?: readonly string[];
}

export type ConfResult =
  | { readonly values: ConfValues; readonly warnings: readonly string[] }
  | { readonly error: KmodsmithError };

interface Evaluation {
  readonly timeoutSeconds: number;
  /** The variables to report. */
  readonly names: readonly string[];
  /** The environment of the shell that evaluates. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Evaluates any number of dkms.conf, each once; a broken one never stops the others. What takes more than reading
 * assignments goes to one bash process for all. Real confs take it milliseconds, so one that does not end within
 * `timeoutSeconds` is broken too.
 */
export async function evaluateConfs(
  requests: readonly ConfRequest[],
  options: Partial<Evaluation> = {},
): Promise<readonly ConfResult[]> {
  const files = await readConfFiles(requests);
  const found = requests.map((request) => readWithoutShell(request, { files, isPlain: !options.names }));
  const others = requests.filter((_, index) => found[index] === undefined);
  const evaluation = { timeoutSeconds: 20, names: confDirectives, ...options };
  const results = await evaluateOnce(others, evaluation, (fresh) => evaluateSound(fresh, evaluation));
  return found.map((result) => result ?? (results.shift() as ConfResult));
}

interface ReadingPlain {
  readonly files: ReadonlyMap<string, ConfFile>;
  /** The directives of a dkms.conf are wanted, and not other variables. */
  readonly isPlain: boolean;
}

/** What is no file, and what is but assignments; undefined for what bash has to be asked about. */
function readWithoutShell(request: ConfRequest, { files, isPlain }: ReadingPlain): ConfResult | undefined {
  const [main, ...overrides] = request.files.map((path) => files.get(path));
  if (main?.problem !== undefined) return { error: main.problem };
  if (!isPlain || (request.winners ?? []).length > 0) return undefined;
  const confs = [main, ...overrides].flatMap((file) => file?.plain ?? []);
  if (confs.length < request.files.length) return undefined;
  const values = evaluatePlainConf(confs.flat(), request.variables);
  return values && { values, warnings: [] };
}

interface ConfFile {
  readonly problem?: KmodsmithError;
  readonly plain?: readonly [PlainConf];
}

/** Each file once, however many kernels it is evaluated for. */
async function readConfFiles(requests: readonly ConfRequest[]): Promise<Map<string, ConfFile>> {
  const paths = [...new Set(requests.flatMap(({ files }) => files))];
  const files = await Promise.all(paths.map(readConfFile));
  return new Map(paths.map((path, index) => [path, files[index] as ConfFile]));
}

async function readConfFile(path: string): Promise<ConfFile> {
  const problem = await findFileProblem(path);
  if (problem !== undefined) return { problem };
  const text = await readTextIfPresent(path).catch(() => undefined);
  const plain = text === undefined ? undefined : parsePlainConf(text);
  return plain === undefined ? {} : { plain: [plain] };
}

async function findFileProblem(file: string): Promise<KmodsmithError | undefined> {
  switch (await kindOf(file)) {
    case 'file':
      return undefined;
    case 'missing':
      return confError('CONF_MISSING', `${file} is not there`);
    case 'folder':
      return confError('CONF_UNREADABLE', `${file} is a directory`);
    case 'other':
      return confError('CONF_UNREADABLE', `${file} is not a regular file`);
    case 'unreadable':
      return confError('CONF_UNREADABLE', `${file} cannot be read: permission denied`);
  }
}

/** When a dkms.conf stops bash itself, a new one goes on with the confs after it. */
async function evaluateSound(requests: readonly ConfRequest[], options: Evaluation): Promise<ConfResult[]> {
  const results = new Map<ConfRequest, ConfResult>();
  let pending = requests;
  while (pending.length > 0) {
    const { answers, unfinished, timedOut } = await askBash(pending, options);
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
  return requests.map((request) => results.get(request) as ConfResult);
}

async function askBash(requests: readonly ConfRequest[], { names, timeoutSeconds, environment }: Evaluation) {
  const argv = ['bash', '--noprofile', '--norc', '-c', program, '/usr/sbin/dkms', ...names];
  const input = requests
    .flatMap(encodeRequest)
    .map((field) => `${field}\0`)
    .join('');
  // What bash says of a syntax error is to be understood, whatever the language of the caller.
  const env = { ...environment, LC_ALL: 'C' };
  const { stdout, timedOut } = await run(argv, { input, timeoutSeconds, env });
  return { ...decodeAnswers(stdout, new Set(names)), timedOut };
}

function encodeRequest({ files, variables, winners = [] }: ConfRequest): string[] {
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return [settings, files, winners].flatMap((list) => [String(list.length), ...list]);
}

interface Answer {
  readonly values: Record<string, Record<number, string>>;
  ended: boolean;
  said: string;
  status: string;
  /** When it came, in the life of its shell. */
  seconds: number;
}

const noAnswer = (): Answer => ({ values: {}, ended: false, said: '', status: '', seconds: 0 });

/** Whatever a dkms.conf manages to write among the records, the rest is read as well as may be. */
function decodeAnswers(
  output: string,
  names: ReadonlySet<string>,
): { answers: Answer[]; unfinished: Answer } {
  const fields = output.split('\0');
  const answers: Answer[] = [];
  let answer = noAnswer();
  for (let position = 0; position + 3 < fields.length; position += 4) {
    const [kind, first = '', second = '', third = ''] = fields.slice(position, position + 4);
    if (kind === 'value' && names.has(first)) {
      const values = answer.values[first] ?? {};
      // An associative array has other indexes than numbers, which no directive has.
      if (/^\d+$/.test(second)) values[Number(second)] = tidyValue(third);
      answer.values[first] = values;
    } else if (kind === 'end') {
      answer.ended = true;
    } else if (kind === 'said') {
      answers.push({ ...answer, said: first, status: second, seconds: Number(third) });
      answer = noAnswer();
    }
  }
  return { answers, unfinished: answer };
}

/** As dkms reads values: on one line, without blanks or the carriage returns of DOS line ends around it. */
function tidyValue(value: string): string {
  const lines = value.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join(' ');
}

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
  return files.includes(file) ? [`${file}, line ${number}: ${message}`] : [];
}

function stopped(files: readonly string[], seconds: number | undefined): KmodsmithError {
  const why =
    seconds === undefined
      ? 'it stopped the shell that evaluates it'
      : `evaluation did not end within ${seconds} s`;
  return confError('CONF_TIMEOUT', `${files[0]}: ${why}`);
}

function confError(
  code: 'CONF_MISSING' | 'CONF_UNREADABLE' | 'CONF_SYNTAX' | 'CONF_TIMEOUT',
  message: string,
) {
  return new KmodsmithError(code, message, {
    hint: 'Mend the file, or reinstall the package that it comes from.',
  });
}
