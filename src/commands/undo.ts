import { KmodsmithError } from '../errors.ts';
import { isSameModule } from '../policy/identity.ts';
import { joinPlans, planDiscard, planDiscardAutoinstalled, planUninstall } from '../policy/requests.ts';
import type { Facts, KernelFacts, ModuleId, PairFacts, Plan } from '../policy/types.ts';
import { parseModule } from './context.ts';
import {
  type ActingOptions,
  forEachKernel,
  type KernelChoice,
  parseKernelChoice,
  runPlan,
  runRequest,
} from './request.ts';
import { requireKernel, requireModule, requirePair } from './requirements.ts';

export interface UndoOptions extends ActingOptions, KernelChoice {
  readonly module: string;
}

/** `kmodsmith uninstall NAME/VERSION -k KERNEL… | --all`: out of the kernels; the builds stay. */
export async function runUninstall(options: UndoOptions): Promise<number> {
  return undo(options, planUninstall);
}

export interface DiscardOptions extends ActingOptions, KernelChoice {
  readonly module: string | undefined;
  readonly allAutoinstall: boolean;
}

/**
 * `kmodsmith discard NAME/VERSION -k KERNEL… | --all`: out of the kernels, and the builds go too. With
 * `--all-autoinstall -k KERNEL…` that is done to what autoinstall built for these kernels, and to nothing else.
 */
export async function runDiscard({ module, allAutoinstall, ...options }: DiscardOptions): Promise<number> {
  if (allAutoinstall && module === undefined) return discardAutoinstalled(options);
  if (module !== undefined && !allAutoinstall) return undo({ ...options, module }, planDiscard);
  throw new KmodsmithError('USAGE', 'either a module or --all-autoinstall is wanted', {
    hint: 'Give NAME/VERSION, or --all-autoinstall with --kernel RELEASE.',
  });
}

async function discardAutoinstalled(options: ActingOptions & KernelChoice): Promise<number> {
  const choice = parseKernelChoice(options);
  return runPlan(options, (facts) => {
    const releases = choice === 'all' ? facts.kernels.map(({ release }) => release) : choice;
    return joinPlans(
      releases.map((release) => planDiscardAutoinstalled(facts, requireKernel(facts, release))),
    );
  });
}

async function undo(
  options: UndoOptions,
  planOne: (pair: PairFacts, kernel: KernelFacts) => Plan,
): Promise<number> {
  const module = parseModule(options.module);
  const choice = parseKernelChoice(options);
  return runRequest(options, (facts) => {
    requireModule(facts, module);
    const releases = choice === 'all' ? builtReleases(facts, module) : choice;
    return forEachKernel(releases, (release) => {
      const pair = requirePair(facts, module, release);
      return planOne(pair, requireKernel(facts, release));
    });
  });
}

function builtReleases(facts: Facts, module: ModuleId): string[] {
  const built = facts.pairs.filter((pair) => pair.build !== undefined && isSameModule(pair.module, module));
  return built.map((pair) => pair.kernel);
}
