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
 * Modules that go although nobody removes them, once the plan has left them no build for any kernel: versions that
 * others took the place of, and, where the policy has it so, those whose last kernel goes. A pinned one stays: without
 * it another version would count from then on.
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
    const unbuilt = own.filter(({ verdict }) => doing(verdict).includes('unbuild'));
    const left = module.builtFor.filter(
      (release) => !unbuilt.some(({ found }) => found.pair.kernel === release),
    );
    if (own.length === 0 || left.length > 0) return [];
    const because = reasonOf(module, { facts, own, unbuilt, policies });
    return because === undefined ? [] : [{ module, because }];
  });
}

/** What is told of a kernel changes no registration. */
function isAboutModules(events: readonly PackageEvent[]): boolean {
  return events.length === 0 || events.some(({ subject }) => subject === 'module' || subject === 'toolkit');
}

interface Leaving extends Omit<Judgement, 'judged'> {
  /** What was judged of the module. */
  readonly own: readonly Judged[];
  readonly unbuilt: readonly Judged[];
}

function reasonOf(module: ModuleFacts, { facts, own, unbuilt, policies }: Leaving): Reason | undefined {
  const policy = policyFor(policies, module);
  if (policy.pin === module.version) return undefined;
  if (hasLostSource(module)) {
    if (!own.some(({ found }) => isAboutModules(found.events))) return undefined;
    const heir = facts.modules.findLast(
      (other) => other.name === module.name && other.registered && !hasLostSource(other),
    );
    return heir && { code: 'superseded', by: heir.version };
  }
  const goesWithKernel = unbuilt.some(
    ({ verdict }) => 'do' in verdict && verdict.because.code === 'kernel-removed',
  );
  return module.registered && goesWithKernel && policy['kernel-removed'] === 'deregister'
    ? { code: 'kernel-removed' }
    : undefined;
}
