import { KmodsmithError } from '../errors.ts';
import { isSameModule } from '../policy/identity.ts';
import type { Policies } from '../policy/policies.ts';
import { findPair, joinPlans, planNothing } from '../policy/requests.ts';
import type { Action, Facts, KernelFacts, ModuleId, PairFacts, Plan, Skipped } from '../policy/types.ts';
import { wantedModules } from '../policy/wanted-modules.ts';
import type { Choice } from './choice.ts';
import type { Refusal, Request } from './request.ts';
import {
  excludedError,
  requireAnyModule,
  requireBuildable,
  requireHeaders,
  requireKernel,
  withDependencies,
  withHeaders,
} from './requirements.ts';

export interface Asking {
  readonly facts: Facts;
  readonly policies: Policies;
  readonly plan: (pair: PairFacts, kernel: KernelFacts) => Plan;
}

/** @throws KmodsmithError what is wrong with the only module for the only kernel, or with everything. */
export function planPairs(choice: Choice, asking: Asking): Request {
  const { facts } = asking;
  if (choice.modules === undefined) requireAnyModule(facts);
  const releases = choice.kernels ?? requireHeaders(facts).map(({ release }) => release);
  const parts = releases.map((release) => planKernel(release, choice, asking));
  const refused = once([...parts.flatMap((part) => part.refused), ...nowhere(choice, facts, releases)]);
  const [first] = refused;
  if (first !== undefined && releases.length === 1 && choice.modules?.length === 1) throw first.error;
  const { actions, skipped } = joinPlans(parts.map(({ plan }) => plan));
  const all = { version: 1, actions, skipped: [...skipped, ...waiting(choice, asking)] } as const;
  return { plan: { ...all, actions: [...registrations(facts, choice), ...actions] }, refused };
}

function planKernel(release: string, choice: Choice, asking: Asking): Request {
  const { facts, policies } = asking;
  const refused: Refusal[] = [];
  const attempt = <Result>(work: () => Result): Result[] => {
    try {
      return [work()];
    } catch (error) {
      if (!(error instanceof KmodsmithError)) throw error;
      refused.push({ kernel: release, error });
      return [];
    }
  };
  const [ids = []] = attempt(() => {
    if (choice.modules !== undefined) return choice.modules;
    return wantedModules(facts, requireKernel(facts, release).release, policies);
  });
  const plans = ids.flatMap((id) => attempt(() => planOne(id, release, { ...asking, choice })));
  const kernel = facts.kernels.find((candidate) => candidate.release === release);
  if (kernel === undefined) return { plan: joinPlans(plans), refused };
  const { plan, unmet } = withDependencies(joinPlans(plans), { facts, kernel });
  return { plan, refused: [...refused, ...unmet.map((error) => ({ kernel: release, error }))] };
}

/** Of what nobody has named, a module that is not for a kernel is none that is missing. */
function planOne(id: ModuleId, release: string, { facts, plan, choice }: Asking & { choice: Choice }): Plan {
  const found = findPair(facts, id, release);
  const isNamed = choice.kernels !== undefined && choice.modules !== undefined;
  if (!isNamed && found?.excluded !== undefined && found.problem === undefined)
    return planNothing(found, { code: 'excluded', why: found.excluded });
  const pair = requireBuildable(facts, id, release);
  const kernel = requireKernel(facts, release);
  return withHeaders(kernel, plan(pair, kernel));
}

/** Headers that cannot be used are so for every module. */
function once(refused: readonly Refusal[]): Refusal[] {
  return [...new Map(refused.map((refusal) => [refusal.error.message, refusal])).values()];
}

/** Modules that somebody has named and that are for none of the kernels that there are. */
function nowhere({ modules = [], kernels }: Choice, facts: Facts, releases: readonly string[]): Refusal[] {
  if (kernels !== undefined) return [];
  return modules.flatMap((id) => {
    const pairs = releases.flatMap((release) => findPair(facts, id, release) ?? []);
    const [first] = pairs;
    const isNowhere = first !== undefined && pairs.every((pair) => pair.excluded !== undefined);
    return isNowhere ? [{ kernel: first.kernel, error: excludedError(first) }] : [];
  });
}

/** What the kernels without headers do not get. */
function waiting({ modules, kernels }: Choice, { facts, policies }: Asking): Skipped[] {
  if (kernels !== undefined) return [];
  return facts.kernels.flatMap(({ release, image, headers }) => {
    if (headers.state !== 'absent' || image === 'absent') return [];
    const { package: name } = headers;
    const because = { code: 'headers-missing', ...(name !== undefined && { package: name }) } as const;
    const ids = modules ?? wantedModules(facts, release, policies);
    return ids.map((module): Skipped => ({ module, kernel: release, because }));
  });
}

function registrations({ modules }: Facts, choice: Choice): Action[] {
  return modules.flatMap(({ name, version, arriving, problem }): Action[] => {
    const module = { name, version };
    const isMeant = choice.modules?.some((id) => isSameModule(id, module)) ?? true;
    if (arriving !== true || problem !== undefined || !isMeant) return [];
    return [{ do: 'register', module, because: { code: 'asked' } }];
  });
}
