import { plan } from '../apply/reconcile.ts';
import { findUnmet, type InstalledVersions, installedVersions } from '../policy/dependencies.ts';
import { explainChanges, explainReason, explainSkip, moduleLabel } from '../policy/explain.ts';
import { withClass } from '../policy/explain-pair.ts';
import { isSameModule } from '../policy/identity.ts';
import type { SkipReason } from '../policy/reasons.ts';
import type { Facts, ModuleFacts, PackageEvent, PairFacts, Plan, Skipped } from '../policy/types.ts';
import { type CommonOptions, everythingEvent, isNamed, openContext } from './context.ts';
import { printJson, printLines } from './output.ts';
import { settleAnswer } from './settle.ts';

export interface StatusOptions extends CommonOptions {
  readonly module: string | undefined;
  /** None: all. */
  readonly kernel: readonly string[];
}

/** `kmodsmith status`: what is registered, built and installed, what is stale and why, what failed and how. */
export async function runStatus(options: StatusOptions): Promise<number> {
  const context = await openContext(options);
  const { survey, queue, plan: planned } = await plan({ ...context, events: [everythingEvent()] });
  const pairs = survey.facts.pairs.filter((pair) => isWanted(pair, options));
  const modules = survey.facts.modules.filter((module) => isNamed(module, options.module));
  const waiting = planned.skipped.filter(({ because }) =>
    ['headers-missing', 'headers-unusable', 'dependency-missing'].includes(because.code),
  );
  if (options.json) {
    const { kernels } = survey.facts;
    printJson({ version: 1, kernels, modules, pairs, waiting, queued: queue.events, rubbish: queue.rubbish });
    return 0;
  }
  const unknown =
    options.module === undefined ? 'No module is registered.' : `${options.module} is not registered.`;
  const known = { waiting, installed: installedVersions(survey.facts.pairs) };
  const lines = [
    ...(modules.length === 0 ? [unknown] : statusLines({ ...survey.facts, modules, pairs }, known)),
    ...outdatedLines(planned),
    ...queue.events.map(queuedLine),
  ];
  printLines(lines);
  if (queue.files.length === 0 && queue.rubbish.length === 0) await settleAnswer(context.layout, lines);
  return 0;
}

function queuedLine(event: PackageEvent): string {
  return `queued: ${event.subject} ${event.transition}${'kernel' in event ? ` ${event.kernel}` : ''}`;
}

/** What an earlier run left behind, because it failed or was cut short. */
function outdatedLines({ actions }: Plan): string[] {
  return actions.flatMap((action) =>
    action.because.code === 'initramfs-outdated' && 'kernel' in action
      ? [`initramfs of ${action.kernel.release}: behind the modules, ${explainReason(action.because)}`]
      : [],
  );
}

function isWanted(pair: PairFacts, options: StatusOptions): boolean {
  return (
    isNamed(pair.module, options.module) &&
    (options.kernel.length === 0 || options.kernel.includes(pair.kernel))
  );
}

function statusLines(facts: Facts, { waiting, installed }: Known): string[] {
  return facts.modules.flatMap((module) => {
    const pairs = facts.pairs.filter((pair) => isSameModule(pair.module, module));
    const lines = [
      ...(module.problem === undefined ? [] : [`${moduleLabel(module)}: problem, ${module.problem.message}`]),
      ...[...new Set(pairs.flatMap(({ warnings = [] }) => warnings))].map(
        (warning) => `${moduleLabel(module)}: warning, ${warning}`,
      ),
      ...pairs.flatMap((pair) => pairLines(pair, { module, waiting, installed: installed.get(pair.kernel) })),
    ];
    return lines.length === 0 ? [`${moduleLabel(module)}: registered`] : lines;
  });
}

/** About all pairs, also those that are not shown. */
interface Known {
  readonly waiting: readonly Skipped[];
  readonly installed: ReturnType<typeof installedVersions>;
}

interface Around {
  readonly module: ModuleFacts;
  readonly waiting: readonly Skipped[];
  /** Versions by name. */
  readonly installed: InstalledVersions | undefined;
}

function pairLines(pair: PairFacts, around: Around): string[] {
  const problem = around.module.problem === undefined ? pair.problem : undefined;
  const states = [
    buildState(pair, around),
    pair.failure && withClass('failed', pair.failure),
    problem && `problem, ${problem.message}`,
    waitingState(pair, around),
  ].filter((state) => state);
  if (states.length === 0) return [];
  const line = `${moduleLabel(pair.module)}, ${pair.kernel}: ${states.join(', ')}`;
  return pair.failure === undefined
    ? [line]
    : [line, ...indent(pair.failure.summary), `    log: ${pair.failure.log}`];
}

function buildState(pair: PairFacts, { installed }: Around): string | undefined {
  const { build } = pair;
  if (build === undefined) return undefined;
  const unmet = findUnmet(pair, installed);
  return [
    `${build.installed ? 'installed' : 'built'} (${build.origin})`,
    ...(build.marked ? ['marked for rebuild'] : []),
    ...(unmet.length === 0 ? [] : [`although ${unmet.join(', ')} is not installed`]),
    ...(build.changes.length === 0 ? [] : [`stale: ${explainChanges(build.changes)}`]),
  ].join(', ');
}

/** What is stale is said already. */
function waitingState(pair: PairFacts, { waiting }: Around): string | undefined {
  const found = waiting.find(
    ({ module, kernel }) => kernel === pair.kernel && isSameModule(module, pair.module),
  );
  if (found === undefined || !('changes' in found.because)) return found && explainSkip(found.because);
  const { changes: _said, ...because } = found.because;
  return explainSkip(because as SkipReason);
}

function indent(text: string): string[] {
  return text.split('\n').map((line) => `    ${line}`);
}
