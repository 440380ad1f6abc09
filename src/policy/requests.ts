import { isSameModule } from './identity.ts';
import type { SkipReason } from './reasons.ts';
import type { Action, Facts, KernelFacts, ModuleId, PairFacts, Plan, Skipped } from './types.ts';

// Plans for what an admin asks for by name. The caller has made sure that the module and the kernel exist.

export interface BuildWish {
  /** Build even though nothing has changed. */
  readonly rebuild: boolean;
}

/** A build by hand; what is installed stays as it is until somebody installs the new build. */
export function planBuild(pair: PairFacts, kernel: KernelFacts, wish: BuildWish): Plan {
  if (isFresh(pair, wish)) return planNothing(pair, { code: 'up-to-date' });
  return { version: 1, actions: [{ do: 'build', origin: 'manual', ...target(pair, kernel) }], skipped: [] };
}

/** A build, where one is needed, and its installation. */
export function planInstall(pair: PairFacts, kernel: KernelFacts, wish: BuildWish): Plan {
  const fresh = isFresh(pair, wish);
  if (fresh && pair.build?.installed === true) return planNothing(pair, { code: 'up-to-date' });
  const asked = target(pair, kernel);
  const actions: Action[] = [
    ...(fresh ? [] : [{ do: 'build', origin: 'manual', ...asked } as const]),
    { do: 'install', ...asked },
    ...indexing(kernel),
  ];
  return { version: 1, actions, skipped: [] };
}

/** Out of the kernel, the build stays. */
export function planUninstall(pair: PairFacts, kernel: KernelFacts): Plan {
  if (!isInPlace(pair)) return planNothing(pair, { code: 'nothing-to-undo', state: 'installed' });
  const actions: Action[] = [{ do: 'uninstall', ...target(pair, kernel) }, ...indexing(kernel)];
  return { version: 1, actions, skipped: [] };
}

/** Out of the kernel, and the build with it; the module stays registered. */
export function planDiscard(pair: PairFacts, kernel: KernelFacts): Plan {
  if (pair.build === undefined) return planNothing(pair, { code: 'nothing-to-undo', state: 'built' });
  const asked = target(pair, kernel);
  const actions: Action[] = isInPlace(pair)
    ? [{ do: 'uninstall', ...asked }, { do: 'unbuild', ...asked }, ...indexing(kernel)]
    : [{ do: 'unbuild', ...asked }];
  return { version: 1, actions, skipped: [] };
}

/** Out of the kernel goes what came by autoinstall, and nothing that was built by hand (policy.md section 3). */
export function planDiscardAutoinstalled(facts: Facts, kernel: KernelFacts): Plan {
  const own = facts.pairs.filter((pair) => pair.kernel === kernel.release && cameByAutoinstall(pair));
  return joinPlans(own.map((pair) => planDiscard(pair, kernel)));
}

/** Another tool's build of a module with AUTOINSTALL=yes is taken for what that tool's autoinstall made. */
function cameByAutoinstall({ build, autoinstall }: PairFacts): boolean {
  return build?.origin === 'autoinstall' || (build?.origin === 'unknown' && autoinstall);
}

export interface MatchWish {
  /** The kernel whose modules are wanted. */
  readonly template: string;
  /** Name, or name and version; every module when left out. */
  readonly module?: Pick<ModuleId, 'name'> & Partial<ModuleId>;
}

/** What is installed for the template kernel gets built and installed for another one. */
export function planMatch(facts: Facts, kernel: KernelFacts, { template, module }: MatchWish): Plan {
  const wanted = facts.pairs.filter(
    (pair) =>
      pair.kernel === template &&
      pair.build?.installed === true &&
      (module === undefined || pair.module.name === module.name) &&
      (module?.version === undefined || pair.module.version === module.version),
  );
  return joinPlans(
    wanted.flatMap((pair) => {
      const own = findPair(facts, pair.module, kernel.release);
      return own === undefined ? [] : [planOrObstacle(facts, own, kernel)];
    }),
  );
}

function planOrObstacle(facts: Facts, pair: PairFacts, kernel: KernelFacts): Plan {
  const module = facts.modules.find((candidate) => isSameModule(candidate, pair.module));
  const problem = module?.problem ?? pair.problem;
  if (problem !== undefined) return planNothing(pair, { code: 'module-problem', why: problem.message });
  if (pair.excluded !== undefined) return planNothing(pair, { code: 'excluded', why: pair.excluded });
  return planInstall(pair, kernel, { rebuild: false });
}

/** One plan of several, in their order, with each kernel's index made once, at the end. */
export function joinPlans(plans: readonly Plan[]): Plan {
  const actions = plans.flatMap((plan) => plan.actions);
  const indexings = actions.filter((action) => action.do === 'depmod');
  const isFirst = (action: (typeof indexings)[number], index: number) =>
    indexings.findIndex(({ kernel }) => kernel.release === action.kernel.release) === index;
  return {
    version: 1,
    actions: [...actions.filter((action) => action.do !== 'depmod'), ...indexings.filter(isFirst)],
    skipped: plans.flatMap((plan) => plan.skipped),
  };
}

/** The facts about these kernels, and all modules. */
export function onlyKernels(facts: Facts, releases: readonly string[]): Facts {
  return {
    ...facts,
    kernels: facts.kernels.filter(({ release }) => releases.includes(release)),
    pairs: facts.pairs.filter(({ kernel }) => releases.includes(kernel)),
  };
}

export function findPair(facts: Facts, module: ModuleId, release: string): PairFacts | undefined {
  return facts.pairs.find((pair) => pair.kernel === release && isSameModule(pair.module, module));
}

function target({ module }: PairFacts, { release, arch }: KernelFacts) {
  return { module, kernel: { release, arch }, because: { code: 'asked' } } as const;
}

function isFresh({ build }: PairFacts, { rebuild }: BuildWish): boolean {
  return build !== undefined && build.changes.length === 0 && build.marked !== true && !rebuild;
}

export function isInPlace({ build }: PairFacts): boolean {
  return build?.installed === true || build?.remains === true;
}

/** A folder of modules without a kernel has no index. */
function indexing({ release, arch, image }: KernelFacts): Action[] {
  if (image === 'absent') return [];
  return [{ do: 'depmod', kernel: { release, arch }, because: { code: 'modules-changed' } }];
}

/** Only says why. */
export function planNothing({ module, kernel }: PairFacts, because: SkipReason): Plan {
  const skipped: Skipped = { module, kernel, because };
  return { version: 1, actions: [], skipped: [skipped] };
}
