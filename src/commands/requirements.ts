import { KmodsmithError } from '../errors.ts';
import { arrangePlan, type Place } from '../policy/arrange.ts';
import { explainMissing, moduleLabel } from '../policy/explain.ts';
import { isSameModule } from '../policy/identity.ts';
import type { MissingDependency } from '../policy/reasons.ts';
import { findPair } from '../policy/requests.ts';
import type { Facts, KernelFacts, ModuleFacts, ModuleId, PairFacts, Plan } from '../policy/types.ts';
import { parseModule, parseModuleName } from './context.ts';

/** @throws KmodsmithError KERNEL_UNKNOWN, naming the kernels that there are. */
export function requireKernel(facts: Facts, release: string): KernelFacts {
  const kernel = facts.kernels.find((candidate) => candidate.release === release);
  if (kernel !== undefined) return kernel;
  const known = facts.kernels.map((candidate) => candidate.release).join(', ');
  throw new KmodsmithError('KERNEL_UNKNOWN', `there is no kernel ${release}`, {
    hint: `Kernels here: ${known || 'none'}.`,
  });
}

/** @throws KmodsmithError MODULE_UNKNOWN. */
export function requireModule(facts: Facts, id: ModuleId): ModuleFacts {
  const module = facts.modules.find((candidate) => isSameModule(candidate, id));
  if (module !== undefined) return module;
  throw new KmodsmithError('MODULE_UNKNOWN', `${moduleLabel(id)} is not registered`, {
    hint: `kmodsmith add ${id.name}/${id.version}`,
  });
}

/**
 * A module in all its versions, or in the one that is named.
 * @throws KmodsmithError USAGE, MODULE_UNKNOWN.
 */
export function requireNamed(facts: Facts, text: string): ModuleFacts[] {
  if (text.includes('/')) return [requireModule(facts, parseModule(text))];
  const { name } = parseModuleName(text);
  const versions = facts.modules.filter((module) => module.name === name);
  if (versions.length > 0) return versions;
  throw new KmodsmithError('MODULE_UNKNOWN', `${name} is not registered`, {
    hint: "'kmodsmith status' lists what is.",
  });
}

/** @throws KmodsmithError MODULE_UNKNOWN, KERNEL_UNKNOWN. */
export function requirePair(facts: Facts, id: ModuleId, release: string): PairFacts {
  requireModule(facts, id);
  requireKernel(facts, release);
  const pair = findPair(facts, id, release);
  if (pair !== undefined) return pair;
  throw new KmodsmithError('MODULE_UNKNOWN', `${moduleLabel(id)} is not known for ${release}`);
}

/** @throws KmodsmithError as `requirePair`, and CONF_INVALID, MODULE_EXCLUDED for what cannot be built. */
export function requireBuildable(facts: Facts, id: ModuleId, release: string): PairFacts {
  const pair = requirePair(facts, id, release);
  const label = moduleLabel(id);
  const problem = requireModule(facts, id).problem ?? pair.problem;
  if (problem !== undefined) {
    throw new KmodsmithError('CONF_INVALID', `${label} cannot be built: ${problem.message}`);
  }
  if (pair.excluded !== undefined) {
    throw new KmodsmithError('MODULE_EXCLUDED', `${label} is not for ${release}: ${pair.excluded}`);
  }
  return pair;
}

/**
 * The plan, if the kernel's headers are there where it builds something.
 * @throws KmodsmithError HEADERS_MISSING, HEADERS_UNUSABLE.
 */
export function withHeaders({ release, headers }: KernelFacts, plan: Plan): Plan {
  if (headers.state === 'ready' || !plan.actions.some((action) => action.do === 'build')) return plan;
  if (headers.state === 'unusable') {
    throw new KmodsmithError('HEADERS_UNUSABLE', `the headers of ${release} cannot be used: ${headers.why}`, {
      hint: 'Install the headers package of this kernel again, and a compiler.',
    });
  }
  throw new KmodsmithError('HEADERS_MISSING', `the headers of ${release} are not installed`, {
    hint: `Install ${headers.package ?? "the distribution's headers package for exactly this kernel"}.`,
  });
}

/**
 * The plan, if what its modules depend on is there or comes with it.
 * @throws KmodsmithError DEPENDENCY_MISSING.
 */
export function withDependencies(plan: Plan, place: Place): Plan {
  const arranged = arrangePlan(plan, place);
  for (const { module, kernel, because } of arranged.skipped) {
    if (because.code !== 'dependency-missing') continue;
    const { missing } = because;
    const message = `${moduleLabel(module)} for ${kernel} cannot be built without ${explainMissing(missing)}`;
    throw new KmodsmithError('DEPENDENCY_MISSING', message, { hint: howToMend(missing, place) });
  }
  return arranged;
}

function howToMend(missing: readonly MissingDependency[], { facts, kernel }: Place): string {
  if (missing.some(({ why }) => why === 'cycle')) {
    return 'None of them can be the first: one has to do without BUILD_DEPENDS.';
  }
  const excluded = missing.filter(({ why }) => why === 'excluded');
  if (excluded.length > 0)
    return `Nothing can be done for this kernel: ${names(excluded)} does not support it.`;
  const unknown = missing.filter(({ why }) => why === 'unregistered');
  if (unknown.length > 0) return `Install the package that brings ${names(unknown)}, or 'kmodsmith add' it.`;
  const commands = missing.map(({ name }) => {
    const version = facts.modules.findLast((module) => module.registered && module.name === name)?.version;
    return `kmodsmith install ${name}/${version} -k ${kernel.release}`;
  });
  return `Install it first: ${commands.join(' && ')}`;
}

function names(missing: readonly MissingDependency[]): string {
  return missing.map(({ name }) => name).join(', ');
}
