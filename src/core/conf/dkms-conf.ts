import type { KmodsmithError } from '../../errors.ts';
import type { Policy } from '../../policy/knobs.ts';
import { kindOf, readTextIfPresent } from '../../system/files.ts';
import { confError } from './conf-error.ts';
import { evaluateOnce } from './conf-memo.ts';
import { type Confinement, evaluateByWish } from './confinement.ts';
import { type ConfValues, confDirectives } from './directive-names.ts';
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
  /** Whether bash is kept in a sandbox that reads the files; without a word, and without a confinement, it is not. */
  readonly sandbox?: Policy['sandbox'];
  /** What they may look at besides what the variables name. */
  readonly folders?: readonly string[];
}

export type ConfResult =
  | { readonly values: ConfValues; readonly warnings: readonly string[] }
  | { readonly error: KmodsmithError };

export interface Evaluation {
  readonly timeoutSeconds: number;
  /** The variables to report. */
  readonly names: readonly string[];
  /** The environment of the shell that evaluates. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What keeps the shells that requests want to be kept. */
  readonly confinement?: Confinement;
}

/**
 * Evaluates any number of dkms.conf, each once; a broken one never stops the others. What takes more than reading
 * assignments goes to one bash process for all, or to two where some are to be kept in a sandbox. Real confs take it milliseconds, so one that does not end within
 * `timeoutSeconds` is broken too.
 */
export async function evaluateConfs(
  requests: readonly ConfRequest[],
  options: Partial<Evaluation> = {},
): Promise<readonly ConfResult[]> {
  const files = await readConfFiles(requests);
  const found = requests.map((request) => readWithoutShell(request, { files, isPlain: !options.names }));
  const others = requests.filter((_, index) => found[index] === undefined);
  const { confinement, ...own } = options;
  const evaluation = { timeoutSeconds: 20, names: confDirectives, ...own };
  const evaluate = (fresh: readonly ConfRequest[]) => evaluateByWish(fresh, evaluation, confinement);
  const results = await evaluateOnce(others, evaluation, evaluate);
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
