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

export function noKernel(): KmodsmithError {
  return new KmodsmithError('KERNEL_UNKNOWN', 'there is no kernel here', {
    hint: 'Install a kernel and its headers first.',
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

/** @throws KmodsmithError MODULE_UNKNOWN where there is none at all. */
export function requireAnyModule({ modules }: Facts): void {
  if (modules.some(({ registered }) => registered)) return;
  throw new KmodsmithError('MODULE_UNKNOWN', 'no module is registered here, and there is no source of one', {
    hint: 'Install the package that brings the source to /usr/src, or: kmodsmith add FOLDER',
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
  if (pair.excluded !== undefined) throw excludedError(pair);
  return pair;
}

/** What BUILD_EXCLUSIVE_* keeps from a kernel. */
export function excludedError({ module, kernel, excluded: why }: PairFacts): KmodsmithError {
  return new KmodsmithError('MODULE_EXCLUDED', `${moduleLabel(module)} is not for ${kernel}: ${why}`);
}

/**
 * The kernels that somebody has installed to build modules for: those with headers.
 * @throws KmodsmithError KERNEL_UNKNOWN, HEADERS_MISSING where there is none.
 */
export function requireHeaders({ kernels }: Facts): KernelFacts[] {
  const found = kernels.filter(({ headers }) => headers.state !== 'absent');
  if (found.length > 0) return found;
  const bare = kernels.filter(({ image }) => image === 'present');
  if (bare.length === 0) throw noKernel();
  const packages = bare.flatMap(({ headers }) => ('package' in headers ? [headers.package] : []));
  throw new KmodsmithError(
    'HEADERS_MISSING',
    `no kernel here has its headers: ${bare.map(({ release }) => release).join(', ')}`,
    {
      hint: `Install ${packages.join(' or ') || "the distribution's headers package for exactly this kernel"}.`,
    },
  );
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
 * The plan for a kernel, each module after those that it depends on, and why others are left out: DEPENDENCY_MISSING.
 */
export function withDependencies(plan: Plan, place: Place): { plan: Plan; unmet: KmodsmithError[] } {
  const arranged = arrangePlan(plan, place);
  const unmet = arranged.skipped.flatMap(({ module, kernel, because }) => {
    if (because.code !== 'dependency-missing') return [];
    const { missing } = because;
    const message = `${moduleLabel(module)} for ${kernel} cannot be built without ${explainMissing(missing)}`;
    return [new KmodsmithError('DEPENDENCY_MISSING', message, { hint: howToMend(missing, place) })];
  });
  const skipped = arranged.skipped.filter(({ because }) => because.code !== 'dependency-missing');
  return { plan: { ...arranged, skipped }, unmet };
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
