import { confReader } from '../apply/conf-reader.ts';
import { listReleases } from '../core/kernels.ts';
import { type FoundSources, findUnregistered } from '../core/sources.ts';
import { isSameModule } from '../policy/identity.ts';
import type { BuildWish } from '../policy/requests.ts';
import type { Facts, KernelFacts, ModuleId, PairFacts, Plan } from '../policy/types.ts';
import { type Choice, type ChoiceOptions, parseChoice } from './choice.ts';
import { type Context, openContext } from './context.ts';
import { planPairs } from './plan-pairs.ts';
import { type ActingOptions, runRequest } from './request.ts';

export interface PairOptions extends ActingOptions, ChoiceOptions, BuildWish {}

/**
 * Does by name what `planOne` plans for one module and kernel. Of several, what cannot be done keeps nothing else from being
 * done. Sources that nobody has registered are registered first, where everything is meant.
 */
export async function requestPairs(
  options: PairOptions,
  planOne: (pair: PairFacts, kernel: KernelFacts, wish: BuildWish) => Plan,
): Promise<number> {
  const choice = parseChoice(options);
  const context = await openContext(options);
  const { modules: sources, problems } = await findSources(choice, context);
  const { policies } = context;
  return runRequest({ ...options, sources }, (found) => {
    const facts = withSources(found, sources);
    const plan = (pair: PairFacts, kernel: KernelFacts) => planOne(pair, kernel, options);
    const made = planPairs(choice, { facts, policies, plan });
    return { ...made, refused: [...problems.map((error) => ({ error })), ...made.refused] };
  });
}

async function findSources({ modules, registers }: Choice, context: Context): Promise<FoundSources> {
  if (!registers || modules !== undefined) return { modules: registers ? (modules ?? []) : [], problems: [] };
  // A dkms.conf may look at the kernel; the newest one stands for all.
  const release = (await listReleases(context.layout)).at(-1) ?? '';
  return findUnregistered(confReader(context), release);
}

/** Facts as they will be once the sources are registered. */
function withSources(facts: Facts, sources: readonly ModuleId[]): Facts {
  const modules = facts.modules.map((module) => {
    const isSource = !module.registered && sources.some((source) => isSameModule(source, module));
    return isSource ? { ...module, registered: true, arriving: true as const } : module;
  });
  return { ...facts, modules };
}
