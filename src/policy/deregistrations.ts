import type { Judged } from './judge.ts';
import { type Policies, policyFor } from './policies.ts';
import type { Reason } from './reasons.ts';
import { doing } from './rule.ts';
import type { Facts, ModuleFacts, PackageEvent } from './types.ts';
import { hasLostSource } from './versions.ts';

export interface Judgement {
  readonly facts: Facts;
  readonly judged: readonly Judged[];
  readonly policies: Policies;
}

/**
 * Modules that go although nobody removes them, once the plan leaves them no build for any kernel: versions that
 * others took the place of, and, where the policy has it so, those whose last kernel goes. A pinned one stays: without
 * it another version would count from then on. So does one that is to follow what a kernel has of an earlier version.
 */
export function goingModules({
  facts,
  judged,
  policies,
}: Judgement): { module: ModuleFacts; because: Reason }[] {
  const mayGo = (module: ModuleFacts) =>
    hasLostSource(module) || policyFor(policies, module)['kernel-removed'] === 'deregister';
  return facts.modules.filter(mayGo).flatMap((module) => {
    const own = judged.filter(({ found }) => found.module === module);
    if (own.length === 0 || isBuiltAfter(module, judged)) return [];
    const isAwaited = facts.modules.some(
      (other) => other.name === module.name && hasLostSource(other) && isBuiltAfter(other, judged),
    );
    const because = reasonOf(module, { facts, own, isAwaited, policies });
    return because === undefined ? [] : [{ module, because }];
  });
}

/** Whether the plan leaves the module a build, or makes one. */
function isBuiltAfter(module: ModuleFacts, judged: readonly Judged[]): boolean {
  const own = judged.filter(({ found }) => found.module === module);
  if (own.some(({ verdict }) => doing(verdict).includes('build'))) return true;
  const unbuilt = own.filter(({ verdict }) => doing(verdict).includes('unbuild'));
  return !module.builtFor.every((release) => unbuilt.some(({ found }) => found.pair.kernel === release));
}

/** What is told of a kernel changes no registration. */
function isAboutModules(events: readonly PackageEvent[]): boolean {
  return events.length === 0 || events.some(({ subject }) => subject === 'module' || subject === 'toolkit');
}

interface Leaving extends Omit<Judgement, 'judged'> {
  /** What was judged of the module. */
  readonly own: readonly Judged[];
  /** Whether a kernel has a build of an earlier version that it is to follow. */
  readonly isAwaited: boolean;
}

function reasonOf(module: ModuleFacts, { facts, own, isAwaited, policies }: Leaving): Reason | undefined {
  const policy = policyFor(policies, module);
  if (policy.pin === module.version) return undefined;
  if (hasLostSource(module)) {
    if (!own.some(({ found }) => isAboutModules(found.events))) return undefined;
    const heir = facts.modules.findLast(
      (other) => other.name === module.name && other.registered && !hasLostSource(other),
    );
    return heir && { code: 'superseded', by: heir.version };
  }
  if (!module.registered || isAwaited || policy['kernel-removed'] !== 'deregister') return undefined;
  const goesWithKernel = own.some(
    ({ verdict }) =>
      'do' in verdict && verdict.because.code === 'kernel-removed' && verdict.do.includes('unbuild'),
  );
  return goesWithKernel ? { code: 'kernel-removed' } : undefined;
}
