import { KmodsmithError } from '../errors.ts';
import { run } from '../system/exec.ts';
import { kindOf } from '../system/files.ts';
import { type ConfValues, reportedVariables } from './directive-names.ts';
import program from './evaluate-conf.sh';

/** The shell variables that a dkms.conf may read (dkms(8), DKMS.CONF VARIABLES, and what real ones use). */
export interface ConfVariables {
  readonly kernelver: string;
  readonly arch: string;
  readonly kernel_source_dir: string;
  readonly kernel_config: string;
  readonly module: string;
  readonly module_version: string;
  readonly dkms_tree: string;
  readonly source_tree: string;
  readonly install_tree: string;
}

export interface ConfRequest {
  /** The dkms.conf, then the override files that exist, in the order in which they are read. */
  readonly files: readonly string[];
  readonly variables: ConfVariables;
}

export type ConfResult = { readonly values: ConfValues } | { readonly error: KmodsmithError };

/**
 * Evaluates any number of dkms.conf in one bash process; a broken one never stops the others. Real ones take
 * milliseconds, so one that does not end within `timeoutSeconds` is broken too.
 */
export async function evaluateConfs(
  requests: readonly ConfRequest[],
  { timeoutSeconds = 20 }: { readonly timeoutSeconds?: number } = {},
): Promise<readonly ConfResult[]> {
  const problems = await Promise.all(requests.map((request) => findFileProblem(request.files[0] ?? '')));
  const sound = requests.filter((_, index) => problems[index] === undefined);
  const results = await evaluateSound(sound, timeoutSeconds);
  return problems.map((problem) =>
    problem === undefined ? (results.shift() as ConfResult) : { error: problem },
  );
}

/** The override files of /etc/dkms that exist for a module and kernel, later ones winning (dkms(8)). */
export async function overrideFiles(folder: string, variables: ConfVariables): Promise<string[]> {
  const { module: name, module_version: version, kernelver, arch } = variables;
  const stems = [
    name,
    `${name}-${version}`,
    `${name}-${version}-${kernelver}`,
    `${name}-${version}-${kernelver}-${arch}`,
    `${name}--${kernelver}`,
    `${name}--${kernelver}-${arch}`,
  ];
  const paths = stems.map((stem) => `${folder}/${stem}.conf`);
  const kinds = await Promise.all(paths.map(kindOf));
  return paths.filter((_, index) => kinds[index] === 'file');
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
async function evaluateSound(
  requests: readonly ConfRequest[],
  timeoutSeconds: number,
): Promise<ConfResult[]> {
  const results = new Map<ConfRequest, ConfResult>();
  let pending = requests;
  while (pending.length > 0) {
    const { answers, timedOut } = await askBash(pending, timeoutSeconds);
    for (const [index, answer] of answers.entries()) {
      const request = pending[index] as ConfRequest;
      const error = findLanguageProblem(request.files, answer);
      results.set(request, error === undefined ? { values: answer.values } : { error });
    }
    const [culprit, ...rest] = pending.slice(answers.length);
    if (culprit === undefined) break;
    const error = stopped(culprit.files, timedOut ? timeoutSeconds : undefined);
    // For another kernel it would do the same again.
    const same = [culprit, ...rest].filter(({ files }) => files[0] === culprit.files[0]);
    for (const request of same) results.set(request, { error });
    pending = rest.filter((request) => !results.has(request));
  }
  return requests.map((request) => results.get(request) as ConfResult);
}

async function askBash(requests: readonly ConfRequest[], timeoutSeconds: number) {
  const argv = ['bash', '--noprofile', '--norc', '-c', program, 'dkms.conf', ...reportedVariables];
  const input = requests
    .flatMap(encodeRequest)
    .map((field) => `${field}\0`)
    .join('');
  const { stdout, timedOut } = await run(argv, { input, timeoutSeconds });
  return { answers: decodeAnswers(stdout), timedOut };
}

function encodeRequest({ files, variables }: ConfRequest): string[] {
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return [String(settings.length), ...settings, String(files.length), ...files];
}

interface Answer {
  readonly values: Record<string, Record<number, string>>;
  ended: boolean;
  said: string;
  status: string;
}

const noAnswer = (): Answer => ({ values: {}, ended: false, said: '', status: '' });

function decodeAnswers(output: string): Answer[] {
  const fields = output.split('\0');
  const answers: Answer[] = [];
  let answer = noAnswer();
  for (let position = 0; position + 3 < fields.length; position += 4) {
    const [kind, first = '', second = '', third = ''] = fields.slice(position, position + 4);
    if (kind === 'value') {
      const values = answer.values[first] ?? {};
      // A dkms.conf with DOS line ends works: the carriage return at a value's end is dropped.
      values[Number(second)] = third.replace(/\r$/, '');
      answer.values[first] = values;
    } else if (kind === 'end') {
      answer.ended = true;
    } else {
      answers.push({ ...answer, said: first, status: second });
      answer = noAnswer();
    }
  }
  return answers;
}

function findLanguageProblem(files: readonly string[], answer: Answer): KmodsmithError | undefined {
  // bash mumbles of its own variables when `set -e` ends a function inside a sourced file.
  const said = answer.said.split('\n').filter((line) => !line.includes('pop_var_context'));
  for (const line of said) {
    const [, file = '', number, message] =
      /^(.*): line (\d+): ((?:syntax error|unexpected EOF).*)$/.exec(line) ?? [];
    if (files.includes(file)) return confError('CONF_SYNTAX', `${file}, line ${number}: ${message}`);
  }
  if (answer.ended) return undefined;
  const last = said.at(-1) ?? '';
  return confError(
    'CONF_SYNTAX',
    `${files.join(', ')}: calls exit or fails under set -e (status ${answer.status}), so none of its directives count${last === '' ? '' : `; it said: ${last}`}`,
  );
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
