import { type Explained, type Explaining, explain } from '../apply/explain.ts';
import { readHistory } from '../apply/history.ts';
import { plan } from '../apply/reconcile.ts';
import { formatSource, formatValue } from '../config/format-value.ts';
import type { Subject } from '../policy/advice.ts';
import { moduleLabel } from '../policy/explain.ts';
import { explainPair, type Row, summarisePair } from '../policy/explain-pair.ts';
import { isSameModule } from '../policy/identity.ts';
import type { Facts, KernelFacts, ModuleFacts } from '../policy/types.ts';
import { type CommonOptions, everythingEvent, openContext } from './context.ts';
import { localTime } from './local-time.ts';
import { printJson, printLines } from './output.ts';
import { parseKernels } from './request.ts';
import { requireKernel, requireNamed, requirePair } from './requirements.ts';

export interface ExplainOptions extends CommonOptions {
  readonly module: string;
  /** None: every kernel that is in use here, in short. */
  readonly kernel: readonly string[];
}

/** `kmodsmith explain MODULE[/VERSION] [-k KERNEL]…`: why a module is as it is for kernels, and what would change that. */
export async function runExplain(options: ExplainOptions): Promise<number> {
  const releases = parseKernels(options.kernel);
  const context = await openContext(options);
  const { survey, plan: planned } = await plan({ ...context, events: [everythingEvent()] });
  const { facts } = survey;
  const modules = requireNamed(facts, options.module);
  const kernels =
    releases.length > 0
      ? releases.map((release) => requireKernel(facts, release))
      : facts.kernels.filter((kernel) => isInUse(kernel, modules));
  const { layout, loaded } = context;
  const explaining: Explaining = { layout, loaded, plan: planned, history: await readHistory(layout) };
  const explanations: Explained[] = [];
  for (const subject of subjectsOf(facts, modules, kernels))
    explanations.push(await explain(subject, explaining));
  if (options.json) printJson({ version: 1, explanations });
  else if (releases.length > 0)
    printLines(explanations.flatMap((one, index) => [...(index === 0 ? [] : ['']), ...fullLines(one)]));
  else printLines(modules.flatMap((module) => shortLines(module, explanations)));
  return 0;
}

/** A folder that is all that is left of a kernel, or that waits for one, is of no interest. */
function isInUse(
  { release, image, headers, running }: KernelFacts,
  modules: readonly ModuleFacts[],
): boolean {
  const isBuiltFor = modules.some(({ builtFor }) => builtFor.includes(release));
  return image === 'present' || headers.state !== 'absent' || running === true || isBuiltFor;
}

function subjectsOf(
  facts: Facts,
  modules: readonly ModuleFacts[],
  kernels: readonly KernelFacts[],
): Subject[] {
  return modules.flatMap((module) =>
    kernels.map((kernel) => ({ module, kernel, pair: requirePair(facts, module, kernel.release) })),
  );
}

function fullLines(explanation: Explained): string[] {
  const { module, kernel, knobs } = explanation;
  const rows = explainPair(explanation, { time: localTime, knobs: knobLines(knobs) });
  const width = Math.max(...rows.map(([title]) => title.length));
  return [`${moduleLabel(module)} for ${kernel.release}`, ...rows.flatMap((row) => rowLines(row, width))];
}

function knobLines(knobs: Explained['knobs']): string[] {
  return Object.entries(knobs).map(
    ([knob, { value, source }]) => `${knob} = ${formatValue(value)} (${formatSource(source)})`,
  );
}

function rowLines([title, ...lines]: Row, width: number): string[] {
  return lines.map((line, index) => `  ${(index === 0 ? title : '').padEnd(width)}  ${line}`);
}

function shortLines(module: ModuleFacts, explanations: readonly Explained[]): string[] {
  const own = explanations.filter((explanation) => isSameModule(explanation.module, module));
  const none = own.length === 0 ? ['  There is no kernel here.'] : [];
  return [
    `${moduleLabel(module)}${module.registered ? '' : ', not registered'}`,
    ...none,
    ...own.flatMap(kernelLines),
  ];
}

function kernelLines(explanation: Explained): string[] {
  const { release, running } = explanation.kernel;
  const [state, ...others] = summarisePair(explanation);
  return [`  ${release}${running ? ' (running)' : ''}: ${state}`, ...others.map((line) => `      ${line}`)];
}
