import { isSameModule } from '../policy/identity.ts';
import { planDiscard, planUninstall } from '../policy/requests.ts';
import type { Facts, KernelFacts, ModuleId, PairFacts, Plan } from '../policy/types.ts';
import { parseModule } from './context.ts';
import {
  type ActingOptions,
  forEachKernel,
  type KernelChoice,
  parseKernelChoice,
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

/** `kmodsmith discard NAME/VERSION -k KERNEL… | --all`: out of the kernels, and the builds go too. */
export async function runDiscard(options: UndoOptions): Promise<number> {
  return undo(options, planDiscard);
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
