import { basename, dirname } from 'node:path';
import { KmodsmithError } from '../../errors.ts';
import { readContained } from '../../system/contained.ts';
import { run } from '../../system/exec.ts';
import { statsOf } from '../../system/stats.ts';
import { foldersToShow, type SandboxFolder, type SandboxWay } from '../sandbox/sandbox.ts';
import type { Enclosure, NotStarted } from './ask-bash.ts';
import { confError } from './conf-error.ts';
import type { ConfRequest, ConfResult, Evaluation } from './dkms-conf.ts';
import { type Evaluated, evaluateByShell } from './evaluate-by-shell.ts';

/** What it takes to keep the shells in that evaluate dkms.conf files. */
export interface Confinement {
  /** How a shell gets into a sandbox, the best way first, and why not otherwise. */
  readonly findWays: () => Promise<{
    readonly ways: readonly SandboxWay[];
    readonly reasons: readonly string[];
  }>;
  /** Told why files are evaluated without a sandbox although one is wanted, as a clause. */
  readonly onFallback: (because: string) => void;
}

/**
 * Evaluates what takes a shell: all that are to be kept in a sandbox in one, all others in another one. Where there can be
 * no sandbox, those that require one are errors, and the rest is evaluated without.
 */
export async function evaluateByWish(
  requests: readonly ConfRequest[],
  evaluation: Evaluation,
  confinement: Confinement | undefined,
): Promise<ConfResult[]> {
  const kept = requests.filter(({ sandbox = 'off' }) => sandbox !== 'off');
  const settled =
    confinement === undefined || kept.length === 0
      ? new Map<ConfRequest, ConfResult>()
      : await evaluateKept(kept, evaluation, confinement);
  const free = requests.filter((request) => !settled.has(request));
  const freely = await evaluateByShell(free, evaluation);
  if ('results' in freely)
    for (const [index, request] of free.entries()) settled.set(request, freely.results[index] as ConfResult);
  return requests.map((request) => settled.get(request) as ConfResult);
}

/** Without those that are left to be evaluated freely. */
async function evaluateKept(
  kept: readonly ConfRequest[],
  evaluation: Evaluation,
  { findWays, onFallback }: Confinement,
): Promise<Map<ConfRequest, ConfResult>> {
  const { ways, reasons } = await findWays();
  const content = await contentFor(kept);
  const found = await askByFirst(ways, content, (enclosure) => evaluateByShell(kept, evaluation, enclosure));
  const settled = new Map<ConfRequest, ConfResult>();
  const giveUp = (request: ConfRequest, because: string, isOurs = false) => {
    if (isOurs || request.sandbox === 'require') settled.set(request, refuse(request, because));
    else onFallback(because);
  };
  for (const [index, request] of kept.entries()) {
    if ('because' in found)
      giveUp(request, [...reasons, found.because].filter(Boolean).join('; '), found.isOurs);
    else if (found.hidden.has(sourcesOf(request))) giveUp(request, unreadable(sourcesOf(request)));
    else {
      const seen = { hidden: found.hidden, texts: content.texts };
      settled.set(request, noteHidden(request, found.results[index] as ConfResult, seen));
    }
  }
  return settled;
}

/**
 * By the first way on which a shell starts. Where none does, but an empty sandbox can be made, the reason is something that
 * a module may have brought about (`isOurs`): no reason to do without.
 */
async function askByFirst(
  ways: readonly SandboxWay[],
  { folders, ...content }: Content,
  ask: (enclosure: Enclosure) => Promise<Evaluated | NotStarted>,
): Promise<Evaluated | (NotStarted & { readonly isOurs: boolean })> {
  const reasons: string[] = [];
  for (const way of ways) {
    const found = await ask({ words: way(folders), ...content });
    if ('results' in found) return found;
    reasons.push(found.because);
  }
  const isOurs = folders.length > 0 && (await canStart(ways));
  return { because: [...new Set(reasons)].join('; '), isOurs };
}

async function canStart(ways: readonly SandboxWay[]): Promise<boolean> {
  for (const way of ways) {
    const { exitCode } = await run([...way([]), 'true'], { cwd: '/', timeoutSeconds: 20 });
    if (exitCode === 0) return true;
  }
  return false;
}

/** What the shell of some requests sees. */
interface Content extends Omit<Enclosure, 'words'> {
  readonly folders: readonly SandboxFolder[];
}

async function contentFor(requests: readonly ConfRequest[]): Promise<Content> {
  const files = [...new Set(requests.flatMap((request) => request.files))];
  const looks = new Set([...requests.flatMap(foldersOf), ...files.map((file) => dirname(file))]);
  const present = [...looks].filter((path) => statsOf(path)?.isDirectory()).sort();
  const outermost = present.filter((path) => !present.some((other) => path.startsWith(`${other}/`)));
  const sources = [...new Set(requests.map(sourcesOf))].filter((path) => present.includes(path));
  const texts = new Map<string, string>();
  for (const file of files) {
    const text = await readOwn(file);
    if (text !== undefined) texts.set(file, text);
  }
  return { folders: foldersToShow(outermost), texts, wanted: [...files, ...sources] };
}

/** Bytes of a dkms.conf; real ones have some thousand. */
const largestConf = 1024 ** 2;

/** A link out of a source must not have root read for it what it may not. */
async function readOwn(file: string): Promise<string | undefined> {
  const bytes = await readContained(dirname(file), basename(file), largestConf).catch(() => undefined);
  return bytes?.toString('utf8');
}

/** What a dkms.conf is known to look at. */
function foldersOf(request: ConfRequest): string[] {
  const { variables, folders = [] } = request;
  const { dkms_tree = '', source_tree = '', install_tree = '', kernel_config = '' } = variables;
  return [sourcesOf(request), dkms_tree, source_tree, install_tree, dirname(kernel_config), ...folders];
}

function sourcesOf({ variables: { kernel_source_dir = '' } }: ConfRequest): string {
  return kernel_source_dir;
}

/** A file that was not seen counts by its text; what it may have looked at besides is out of sight, too. */
function noteHidden(
  { files }: ConfRequest,
  result: ConfResult,
  { hidden, texts }: { readonly hidden: ReadonlySet<string>; readonly texts: ReadonlyMap<string, string> },
): ConfResult {
  const lost = files.find((file) => hidden.has(file) && !texts.has(file));
  if (lost !== undefined) return { error: confError('CONF_UNREADABLE', unreadable(lost)) };
  const unseen = files.filter((file) => hidden.has(file));
  if ('error' in result || unseen.length === 0) return result;
  const warnings = unseen.map((file) => `${unreadable(file)}; other files beside it were not seen, either`);
  return { ...result, warnings: [...result.warnings, ...warnings] };
}

function unreadable(path: string): string {
  return `the user of the sandbox cannot read ${path}`;
}

function refuse({ files, sandbox }: ConfRequest, because: string): ConfResult {
  const hint =
    sandbox === 'require'
      ? "The policy says sandbox = 'require'. Install bubblewrap; 'auto' evaluates it without a sandbox where it has to."
      : "The knob sandbox = 'off' for this module evaluates it without.";
  const message = `${files[0]} cannot be evaluated in a sandbox: ${because}`;
  return { error: new KmodsmithError('SANDBOX_IMPOSSIBLE', message, { hint }) };
}
