import { explainChange, explainSkip, moduleLabel } from './explain.ts';
import { explainSteps } from './explain-plan.ts';
import { explainTouch } from './explain-touch.ts';
import type { Explanation, Prospect } from './explanation.ts';
import { explainFailureClass } from './failure-class.ts';
import type { Touch } from './history.ts';
import type {
  BuildFacts,
  FailureFacts,
  HeadersState,
  InputChange,
  KernelFacts,
  ModuleFacts,
  Origin,
} from './types.ts';

/** A title and what there is to say under it; nothing is left out. */
export type Row = readonly [title: string, ...lines: string[]];

export interface Wording {
  /** A time as the admin reads it. `at`: milliseconds since the epoch. */
  readonly time: (at: number) => string;
  /** The knobs that bear on the pair, a line each. */
  readonly knobs: readonly string[];
}

/** Everything about one pair: how it is, why, what the next run would do and what would change that. */
export function explainPair(explanation: Explanation, wording: Wording): Row[] {
  const { module, kernel, pair, next, advice, last } = explanation;
  const { build, depends, warnings = [] } = pair;
  return [
    ['module', registration(module), ...warnings.map((warning) => `warning: ${warning}`)],
    ['AUTOINSTALL', autoinstall(explanation)],
    ['kernel', ...kernelLines(kernel)],
    ...(depends === undefined ? [] : [['needs', depends.join(', ')] as const]),
    ['build', ...buildLines(explanation, wording)],
    ...(build === undefined ? [] : [['stale', ...staleLines(build, explanation)] as const]),
    ['installed', ...installedLines(explanation)],
    ...(build?.marked ? [['marked', 'for rebuild at the next occasion'] as const] : []),
    ...failureRows(explanation, wording),
    ['last event', last === undefined ? 'none that is remembered' : touchLine(last, explanation, wording)],
    ...(wording.knobs.length === 0 ? [] : [['policy', ...wording.knobs] as const]),
    ['next run', explainProspect({ ...explanation, next: withoutChanges(next) })],
    ['advice', ...advice],
  ];
}

/** How a pair is, what comes next and the first thing to do where all is not well: a line each. */
export function summarisePair(explanation: Explanation): string[] {
  const { next, advice } = explanation;
  if ('steps' in next) return [stateOf(explanation), `next run: ${explainProspect(explanation)}`];
  if (next.skipped.code === 'up-to-date') return [`${stateOf(explanation)}, ${explainProspect(explanation)}`];
  return [
    stateOf(explanation),
    explainProspect(explanation),
    ...failureLines(explanation),
    ...advice.slice(0, 1),
  ];
}

/** What is said beside it, of a failure or of what to install, is left out. */
function explainProspect({ next, pair: { build } }: Explanation): string {
  if ('steps' in next)
    return `${explainSteps(next.steps, next.because, 'planned')}${explainUpdate(next.initramfs)}`;
  const { skipped } = next;
  if (skipped.code === 'failed-before') return 'not tried again, nothing has changed since it failed';
  const isUnrecorded = build !== undefined && build.changes.length > 0;
  if (skipped.code === 'up-to-date' && isUnrecorded)
    return 'left as it is until something that it depends on moves';
  if (skipped.code !== 'headers-missing') return explainSkip(skipped);
  const { package: _named, ...unnamed } = skipped;
  return explainSkip(unnamed);
}

function explainUpdate(mode: 'auto' | 'always' | undefined): string {
  if (mode === undefined) return '';
  return `; then the initramfs is updated${mode === 'auto' ? ' if the module belongs there' : ''}`;
}

/** The same where the changed inputs are listed, too. */
function withoutChanges(next: Prospect): Prospect {
  if ('steps' in next || !('changes' in next.skipped)) return next;
  return { skipped: { ...next.skipped, changes: [] } };
}

function failureLines({ pair: { failure } }: Explanation): string[] {
  return failure === undefined ? [] : [firstLine(failure.summary), `log: ${failure.log}`];
}

/** "installed, stale, marked for rebuild" */
function stateOf({ pair: { build, failure } }: Explanation): string {
  const states = [
    build === undefined ? 'not built' : build.installed ? 'installed' : 'built, not installed',
    build !== undefined && build.changes.length > 0 && 'stale',
    build?.marked && 'marked for rebuild',
    failure && withClass('the last attempt failed', failure),
  ];
  return states.filter((state) => typeof state === 'string').join(', ');
}

function registration({ registered, problem }: ModuleFacts): string {
  const state = registered ? 'registered' : 'not registered';
  return problem === undefined ? state : `${state}; ${firstLine(problem.message)}`;
}

function problemOf({ module, pair }: Pick<Explanation, 'module' | 'pair'>) {
  return module.problem ?? pair.problem;
}

function autoinstall(explanation: Explanation): string {
  if (problemOf(explanation) !== undefined) return 'unknown, its dkms.conf does not count';
  return explanation.pair.autoinstall ? 'yes' : 'no';
}

function kernelLines({ image, headers, initramfs, running }: KernelFacts): string[] {
  return [
    image === 'present' ? `installed${running ? ', it runs now' : ''}` : 'not installed',
    `headers: ${headersState(headers)}`,
    ...(initramfs?.outdated ? ['initramfs: behind the modules'] : []),
  ];
}

function headersState(headers: HeadersState): string {
  switch (headers.state) {
    case 'ready':
      return 'ready';
    case 'absent':
      return `not installed${headers.package === undefined ? '' : ` (${headers.package})`}`;
    case 'unusable':
      return `cannot be used, ${headers.why}`;
  }
}

/** How a build came to be. */
export const origins: Readonly<Record<Origin, string>> = {
  autoinstall: 'by autoinstall',
  manual: 'by hand',
  unknown: 'by another tool, dkms perhaps; nobody has recorded when and from what',
};

function buildLines({ pair: { build }, files }: Explanation, { time }: Wording): string[] {
  if (build === undefined) return ['none'];
  const when = build.builtAt === 0 ? '' : `, ${time(build.builtAt)}`;
  const took = files.duration === undefined ? '' : `, in ${seconds(files.duration)}`;
  const against = Object.entries(build.dependencies ?? {}).map(([name, version]) =>
    moduleLabel({ name, version }),
  );
  return [
    `${origins[build.origin]}${when}${took}`,
    ...(against.length === 0 ? [] : [`against ${against.join(', ')}`]),
    ...(files.log === undefined ? [] : [`log: ${files.log}`]),
  ];
}

/** "12 s" */
export function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? 'less than a second' : `${Math.round(milliseconds / 1000)} s`;
}

/** An admin who asks wants to see them all, but not every header of a kernel. */
const longestList = 20;

/** What has changed since a build was made, or why nobody can tell. */
export function staleLines(
  { changes }: BuildFacts,
  explanation: Pick<Explanation, 'module' | 'pair' | 'kernel'>,
): string[] {
  if (changes.length === 0 && problemOf(explanation) !== undefined)
    return ['unknown, there is no sound source to compare it with'];
  if (changes.length === 0 && explanation.kernel.headers.state !== 'ready')
    return ['its source is the same; of the kernel nothing can be said without headers'];
  if (changes.length === 0) return ['no'];
  const others = changes.length - longestList;
  return [...changes.slice(0, longestList).map(changeLine), ...(others > 0 ? [`and ${others} more`] : [])];
}

function changeLine(change: InputChange): string {
  return change.kind === 'unrecorded'
    ? 'unknown, nothing is recorded of what it was built from'
    : explainChange(change);
}

function installedLines({ pair: { build }, files }: Explanation): string[] {
  if (build?.installed === true) return files.installed.length === 0 ? ['yes'] : [...files.installed];
  if (build?.remains === true)
    return ['no, but files of an earlier build, or of an install cut short, are there:', ...files.installed];
  return ['no'];
}

function failureRows({ pair: { failure } }: Explanation, { time }: Wording): Row[] {
  if (failure === undefined) return [];
  const title = withClass(`failed, ${time(failure.at)}`, failure);
  return [['last try', title, ...failure.summary.split('\n'), `log: ${failure.log}`]];
}

/** "failed (its source does not compile)" */
export function withClass(text: string, { class: failureClass }: Pick<FailureFacts, 'class'>): string {
  const what = explainFailureClass(failureClass);
  return what === '' ? text : `${text} (${what})`;
}

function touchLine(last: Touch, { pair }: Explanation, { time }: Wording): string {
  return `${time(last.at)}, ${explainTouch(last, pair)}`;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
