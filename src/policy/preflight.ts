import { compareVersionKeys } from '../formats/version-key.ts';
import { isSameModule } from './identity.ts';
import { isFatal, type Policies, policyFor } from './policies.ts';
import type { Reason, SkipReason } from './reasons.ts';
import type { Action, Facts, KernelFacts, ModuleId, PairFacts, Plan } from './types.ts';

/** What would become of a module if a kernel arrived. */
export type Forecast = Outlook & Standing;

/** About the version that counts for the kernel. */
type Outlook = { readonly module: ModuleId } & (
  | { readonly fate: 'build' | 'install' | 'remove'; readonly because: Reason }
  /** `keep`: it is installed for this kernel already and stays as it is; `absent`: it would not be there. */
  | { readonly fate: 'keep' | 'absent'; readonly because: SkipReason }
);

interface Standing {
  /** Whether the kernel has it installed now, in any version. */
  readonly installed: boolean;
  /** Releases of the kernels in use for which it is installed, in any version. */
  readonly inUse: readonly string[];
  readonly trial?: Trial;
  /** Set when it would be missed, or would fail: what the policy makes of that. */
  readonly severity?: 'warning' | 'failure';
}

/** What became of really building it. */
export type Trial =
  | { readonly result: 'builds' }
  | { readonly result: 'fails'; readonly code: string; readonly message: string; readonly log?: string }
  | { readonly result: 'untried'; readonly because: Obstacle };

/** Why building it could not be tried, or says nothing. */
export type Obstacle =
  /** The modules it depends on would have to be installed for the kernel first. */
  | { readonly code: 'needs-installed'; readonly names: readonly string[] }
  /** They do not build themselves. */
  | { readonly code: 'needs-failed'; readonly names: readonly string[] }
  /** Its build names a path of an installed kernel, and nothing else can be put there. */
  | { readonly code: 'needs-place'; readonly path: string }
  /** Nothing that the module is to blame for. */
  | { readonly code: 'trouble'; readonly message: string };

export interface ForecastQuestion {
  /** As they would be with the kernel. */
  readonly facts: Facts;
  readonly plan: Plan;
  readonly release: string;
  readonly policies: Policies;
}

/** One forecast for each module that is registered or in use, by name. */
export function forecast({ facts, plan, release, policies }: ForecastQuestion): Forecast[] {
  const homes = kernelsInUse(facts.kernels, release);
  const own = facts.pairs.filter((pair) => pair.kernel === release);
  const names = [...new Set(own.map(({ module }) => module.name))].sort();
  return names.flatMap((name): Forecast[] => {
    const versions = own.filter(({ module }) => module.name === name);
    const outlooks = versions.flatMap((pair) => outlookOf(pair, plan));
    const counting = outlooks.sort(compareOutlooks).at(-1);
    if (counting === undefined) return [];
    const known = facts.modules.filter((module) => module.name === name);
    const inUse = homes.filter((home) => known.some(({ installedFor }) => installedFor.includes(home)));
    if (inUse.length === 0 && !known.some(({ registered }) => registered)) return [];
    const installed = versions.some(({ build }) => build?.installed === true);
    return [judgeForecast({ ...counting, installed, inUse }, policies)];
  });
}

/** With what trying it has shown. */
export function withTrial(found: Forecast, trial: Trial, policies: Policies): Forecast {
  return judgeForecast({ ...found, trial }, policies);
}

/** What runs, what would be booted next without the kernel that comes, and that kernel, should it be here already. */
function kernelsInUse(kernels: readonly KernelFacts[], arriving: string): string[] {
  const others = kernels.filter(({ release, image }) => image === 'present' && release !== arriving);
  const newest = others
    .map(({ release }) => release)
    .sort(compareVersionKeys)
    .at(-1);
  const running = kernels.find((kernel) => kernel.running)?.release;
  return [...new Set([running, newest, arriving])].filter((release) => release !== undefined);
}

function outlookOf({ module, kernel, build }: PairFacts, plan: Plan): Outlook[] {
  const isOwn = (item: Plan['actions'][number]): item is PairAction =>
    'module' in item &&
    'kernel' in item &&
    item.kernel.release === kernel &&
    isSameModule(item.module, module);
  const actions = plan.actions.filter(isOwn);
  const because = actions[0]?.because;
  const steps = actions.map((action) => action.do);
  if (because !== undefined) {
    const fate = steps.includes('build') ? 'build' : steps.includes('install') ? 'install' : 'remove';
    return [{ module, fate, because }];
  }
  const skipped = plan.skipped.find((skip) => skip.kernel === kernel && isSameModule(skip.module, module));
  if (skipped === undefined) return [];
  return [{ module, fate: build?.installed === true ? 'keep' : 'absent', because: skipped.because }];
}

type PairAction = Extract<Action, { module: unknown; kernel: unknown }>;

/** What is there in the end comes before what is not; of equals the higher version counts, but one that gives way last. */
function compareOutlooks(a: Outlook, b: Outlook): number {
  return rank(a) - rank(b) || compareVersionKeys(a.module.version, b.module.version);
}

function rank({ fate, because }: Outlook): number {
  if (fate !== 'absent' && fate !== 'remove') return 2;
  return ['other-version', 'superseded', 'successor-missing'].includes(because.code) ? 0 : 1;
}

function judgeForecast(found: Forecast, policies: Policies): Forecast {
  const policy = policyFor(policies, found.module);
  const isMissed = isAbsent(found) && (found.inUse.length > 0 || policy.critical);
  if (!isMissed && !isFailing(found)) return found;
  return { ...found, severity: isFatal(policy) ? 'failure' : 'warning' };
}

/** Whether the kernel would not have the module. A rebuild that fails leaves what is installed where it is. */
export function isAbsent({ fate, trial, installed }: Forecast): boolean {
  return fate === 'absent' || fate === 'remove' || (!installed && failsToBuild(trial));
}

/** Wanted for the kernel, and yet it would not come to be as it should. */
function isFailing({ because, trial }: Forecast): boolean {
  return failsToBuild(trial) || failing.includes(because.code);
}

/** Neither it nor what depends on it would come to be. */
export function failsToBuild(trial: Trial | undefined): boolean {
  return trial?.result === 'fails' || (trial?.result === 'untried' && trial.because.code === 'needs-failed');
}

const failing: readonly (Reason | SkipReason)['code'][] = [
  'failed-before',
  'dependency-missing',
  'module-problem',
];
