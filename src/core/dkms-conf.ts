import { KmodsmithError } from '../errors.ts';
import { run } from '../system/exec.ts';
import { exists, kindOf } from '../system/files.ts';
import { reportedVariables } from './directives.ts';
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

/** A directive's values by index; a scalar has index 0; arrays may be sparse. */
export type ConfValues = Readonly<Record<string, Readonly<Record<number, string>>>>;

export type ConfResult = { readonly values: ConfValues } | { readonly error: KmodsmithError };

/** A dkms.conf that takes longer than this is broken: real ones take milliseconds. */
const timeoutSeconds = 60;

/** Evaluates any number of dkms.conf in one bash process; a broken one never stops the others. */
export async function evaluateConfs(requests: readonly ConfRequest[]): Promise<readonly ConfResult[]> {
  const problems = await Promise.all(requests.map((request) => findFileProblem(request.files[0] ?? '')));
  const sound = requests.filter((_, index) => problems[index] === undefined);
  const results = sound.length === 0 ? [] : await evaluateSound(sound);
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
  const present = await Promise.all(paths.map(exists));
  return paths.filter((_, index) => present[index]);
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

async function evaluateSound(requests: readonly ConfRequest[]): Promise<ConfResult[]> {
  const argv = ['bash', '--noprofile', '--norc', '-c', program, 'dkms.conf', ...reportedVariables];
  const input = requests
    .flatMap(encodeRequest)
    .map((field) => `${field}\0`)
    .join('');
  const result = await run(argv, { input, timeoutSeconds });
  const answers = decodeAnswers(result.stdout);
  return requests.map((request, index) => {
    const answer = answers[index];
    if (answer === undefined) return { error: stopped(request.files, result.timedOut) };
    const error = findLanguageProblem(request.files, answer);
    return error === undefined ? { values: answer.values } : { error };
  });
}

function encodeRequest({ files, variables }: ConfRequest): string[] {
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return [String(settings.length), ...settings, String(files.length), ...files];
}

interface Answer {
  readonly values: Record<string, Record<number, string>>;
  ended: boolean;
  said: string;
}

function decodeAnswers(output: string): Answer[] {
  const fields = output.split('\0');
  const answers: Answer[] = [];
  let answer: Answer = { values: {}, ended: false, said: '' };
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
      answers.push({ ...answer, said: first });
      answer = { values: {}, ended: false, said: '' };
    }
  }
  return answers;
}

function findLanguageProblem(files: readonly string[], answer: Answer): KmodsmithError | undefined {
  const syntax = /^(.*): line (\d+): ((?:syntax error|unexpected EOF).*)$/m.exec(answer.said);
  if (syntax !== null) {
    const [, file, line, message] = syntax;
    return confError('CONF_SYNTAX', `${file}, line ${line}: ${message}`);
  }
  if (answer.ended) return undefined;
  return confError('CONF_SYNTAX', `${files.join(', ')}: calls exit, so none of its directives count`);
}

function stopped(files: readonly string[], timedOut: boolean): KmodsmithError {
  const why = timedOut ? `evaluation did not end within ${timeoutSeconds} s` : 'the evaluation was stopped';
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
