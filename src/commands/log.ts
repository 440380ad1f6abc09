import { type Attempt, listAttempts } from '../core/build/attempts.ts';
import type { BuildCoordinates } from '../core/layout.ts';
import { KmodsmithError } from '../errors.ts';
import { moduleLabel } from '../policy/explain.ts';
import { explainFailureClass } from '../policy/failure-class.ts';
import { readTextIfPresent } from '../system/files.ts';
import { type CommonOptions, isNamed, openContext, parseModule, parseModuleName } from './context.ts';
import { localTime } from './local-time.ts';
import { printJson, printLines, say } from './output.ts';
import { parseKernels } from './request.ts';

export interface LogOptions extends CommonOptions {
  readonly module: string;
  /** None: every kernel. */
  readonly kernel: readonly string[];
  readonly all: boolean;
  readonly list: boolean;
}

/**
 * `kmodsmith log MODULE[/VERSION] [-k KERNEL]… [--all | --list]`: what was said in the last attempt to build it.
 * @throws KmodsmithError USAGE, NOT_RECORDED.
 */
export async function runLog(options: LogOptions): Promise<number> {
  const found = await findAttempts(options);
  const wanted = options.all || options.list ? found : found.slice(-1);
  if (options.json) {
    const shown = wanted.map((attempt) => toJson(attempt, options.list));
    printJson({ version: 1, attempts: await Promise.all(shown) });
  } else if (options.list) printLines(wanted.flatMap(listLines));
  else for (const attempt of wanted) await printLog(attempt, options);
  return 0;
}

async function findAttempts({ module, kernel, all, list, ...common }: LogOptions): Promise<Attempt[]> {
  if (all && list)
    throw new KmodsmithError('USAGE', '--all and --list exclude each other', {
      hint: '--list names the attempts, --all prints what was said in each.',
    });
  if (module.includes('/')) parseModule(module);
  else parseModuleName(module);
  const releases = parseKernels(kernel);
  const { layout } = await openContext(common);
  const isWanted = (at: BuildCoordinates) =>
    isNamed(at.module, module) && (releases.length === 0 || releases.includes(at.release));
  const attempts = await listAttempts(layout, isWanted);
  if (attempts.length > 0) return attempts;
  const where = releases.length === 0 ? '' : ` for ${releases.join(', ')}`;
  throw new KmodsmithError('NOT_RECORDED', `no attempt to build ${module}${where} is recorded`, {
    hint: `The logs of dkms are below ${layout.dkmsTree}/${module}: build/make.log, and log/make.log of each build.`,
  });
}

async function toJson({ release, arch, ...attempt }: Attempt, isBrief: boolean): Promise<object> {
  const text = isBrief ? {} : { text: (await readTextIfPresent(attempt.log)) ?? '' };
  return { kernel: { release, arch }, result: resultOf(attempt), ...attempt, ...text };
}

function resultOf({ finishedAt, failure }: Pick<Attempt, 'finishedAt' | 'failure'>): string {
  if (finishedAt === undefined) return 'unfinished';
  return failure === undefined ? 'built' : 'failed';
}

function listLines(attempt: Attempt): string[] {
  const [summary] = attempt.failure?.summary.split('\n') ?? [];
  return [titleOf(attempt), ...(summary === undefined ? [] : [`    ${summary}`]), `    log: ${attempt.log}`];
}

/** "2026-11-26 23:07:57 +0000, foo 1.0 for 6.12: failed, its source does not compile" */
function titleOf(attempt: Attempt): string {
  const what = `${localTime(attempt.startedAt)}, ${moduleLabel(attempt.module)} for ${attempt.release}`;
  if (attempt.finishedAt === undefined) return `${what}: not finished, under way or cut short`;
  if (attempt.failure === undefined) return `${what}: built`;
  const why = explainFailureClass(attempt.failure.class);
  return `${what}: failed${why === '' ? '' : `, ${why}`}`;
}

/** Which attempt it is goes to the person beside the log, so that what is piped on is the log alone. */
async function printLog(attempt: Attempt, { all }: LogOptions): Promise<void> {
  const text = (await readTextIfPresent(attempt.log)) ?? '';
  if (all) printLines([`==> ${titleOf(attempt)} <==`]);
  else say(titleOf(attempt));
  process.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`);
}
