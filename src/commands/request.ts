import { plan, type Report, reconcile } from '../apply/reconcile.ts';
import { KmodsmithError } from '../errors.ts';
import { explainPlan } from '../policy/explain-plan.ts';
import { joinPlans } from '../policy/requests.ts';
import type { Facts, ModuleId, Plan } from '../policy/types.ts';
import { type CommonOptions, openContext, parseKernel } from './context.ts';
import { hasFailed, printJson, printLines, progress, reportLines, say } from './output.ts';
import { settle } from './settle.ts';

/** Options of every command that acts. */
export interface ActingOptions extends CommonOptions {
  readonly dryRun: boolean;
}

/** What somebody asked for by name: what can be done of it, and why the rest cannot. */
export interface Request {
  readonly plan: Plan;
  readonly refused: readonly Refusal[];
}

export interface Refusal {
  /** Left out for what concerns no kernel more than others. */
  readonly kernel?: string;
  readonly error: KmodsmithError;
}

interface Running {
  /** Whether that there is nothing to do may be remembered. */
  readonly settles?: boolean;
  /** Modules that the facts have to tell of even if they are not registered. */
  readonly sources?: readonly ModuleId[];
}

/**
 * Plans from the facts under the lock and carries it out; a dry run stops before that. Returns the exit status: 1 when
 * something failed or was refused.
 */
export async function runRequest(
  options: ActingOptions & Running,
  request: (facts: Facts) => Request,
): Promise<number> {
  const context = await openContext(options);
  const { sources = [] } = options;
  let refused: readonly Refusal[] = [];
  const planFor = (facts: Facts): Plan => {
    const made = request(facts);
    refused = made.refused;
    return made.plan;
  };
  if (options.dryRun) {
    const { plan: planned } = await plan({ ...context, planFor, sources });
    present({ plan: planned, refused }, options);
    return refused.length > 0 ? 1 : 0;
  }
  const report = await reconcile({ ...context, planFor, sources, ...progress });
  const said = present({ plan: report.plan, refused, report }, options);
  if (options.settles && !options.json && refused.length === 0) await settle(context.layout, report, said);
  return hasFailed(report) || refused.length > 0 ? 1 : 0;
}

/** As `runRequest`, for what is planned as a whole. */
export async function runPlan(
  options: ActingOptions & Running,
  planFor: (facts: Facts) => Plan,
): Promise<number> {
  return runRequest(options, (facts) => ({ plan: planFor(facts), refused: [] }));
}

/** For one kernel an error is the command's; with several, the others are served all the same. */
export function forEachKernel(releases: readonly string[], planOne: (release: string) => Plan): Request {
  const [only = ''] = releases;
  if (releases.length === 1) return { plan: planOne(only), refused: [] };
  const plans: Plan[] = [];
  const refused: Refusal[] = [];
  for (const kernel of releases) {
    try {
      plans.push(planOne(kernel));
    } catch (error) {
      if (!(error instanceof KmodsmithError)) throw error;
      refused.push({ kernel, error });
    }
  }
  return { plan: joinPlans(plans), refused };
}

/** The releases as typed, each once. @throws KmodsmithError USAGE. */
export function parseKernels(kernels: readonly string[]): string[] {
  return [...new Set(kernels.map(parseKernel))];
}

export interface KernelChoice {
  readonly kernel: readonly string[];
  readonly all: boolean;
}

/** @throws KmodsmithError USAGE, KERNEL_WITH_ALL: unlike building, undoing needs to be told where. */
export function parseKernelChoice({ kernel, all }: KernelChoice): readonly string[] | 'all' {
  if (all && kernel.length > 0) {
    throw new KmodsmithError('KERNEL_WITH_ALL', '--all and --kernel exclude each other', {
      hint: 'Give the kernels, or --all.',
    });
  }
  if (!all && kernel.length === 0) {
    throw new KmodsmithError('USAGE', 'no kernel is given', {
      hint: 'Give --kernel RELEASE, or --all for every kernel that has a build.',
    });
  }
  return all ? 'all' : parseKernels(kernel);
}

interface Presented extends Request {
  readonly report?: Report;
}

/** Returns the lines of the text. */
function present({ plan: planned, refused, report }: Presented, { json }: ActingOptions): string[] {
  if (json) {
    const errors = refused.map(({ kernel, error: { code, message, hint } }) => ({
      ...{ ...(kernel !== undefined && { kernel }), code, message },
      ...(hint !== undefined && { hint }),
    }));
    const outcomes = report && {
      outcomes: report.outcomes,
      ...(report.finished && { finished: report.finished }),
    };
    printJson({ version: 1, dryRun: report === undefined, plan: planned, ...outcomes, refused: errors });
    return [];
  }
  const lines = report === undefined ? explainPlan(planned) : reportLines(report);
  const idle = planned.actions.length === 0 && refused.length === 0;
  const shown = idle ? [...lines, 'Nothing to do.'] : lines;
  printLines(shown);
  for (const { error } of refused) {
    say(error.message);
    if (error.hint !== undefined) say(`  ${error.hint}`);
  }
  return shown;
}
