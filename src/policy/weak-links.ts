import { isSameModule, moduleKey } from './identity.ts';
import { type Policies, policyFor } from './policies.ts';
import type { Action, KernelFacts, ModuleId, WeakLinkFacts } from './types.ts';

export interface RelinkingQuestion {
  readonly actions: readonly Action[];
  readonly policies: Policies;
  /** Whether the run looks at this kernel; else only what its own actions do to the kernel's links counts. */
  readonly isSeen: boolean;
}

/** What a plan does about a kernel's links to modules that were built for others. */
export interface Relinking {
  readonly action: Action;
  /** What the kernel loads by a link that goes, or that leads to something else by then; each once. */
  readonly changed: readonly ModuleId[];
}

/**
 * A link is looked at where it does not fit, where nothing proves that it does, and where the plan installs or uninstalls
 * what it leads to. Undefined where there is no such link, or the policy leaves all of them alone.
 */
export function relinking(kernel: KernelFacts, question: RelinkingQuestion): Relinking | undefined {
  const { actions, policies, isSeen } = question;
  const looked = (kernel.weakLinks ?? []).flatMap((link) => {
    const touched = touchedBy(actions, link);
    const module = touched ?? link.module;
    const isMeant = touched !== undefined || (isSeen && isWanting(link));
    if (!isMeant || !isLookedAfter(module, policies)) return [];
    return [{ link, module, changes: touched !== undefined || isChanged(link) }];
  });
  if (looked.length === 0) return undefined;
  const { release, arch } = kernel;
  const broken = looked.flatMap(({ link }) => (link.state === 'broken' ? [link] : []));
  const because =
    broken.length > 0
      ? ({ code: 'links-broken', links: broken.map(({ path, why }) => ({ path, why })) } as const)
      : ({ code: 'links-unproven' } as const);
  const changed = looked.flatMap(({ module, changes }) => (changes ? [module] : []));
  return {
    action: { do: 'weak-links', kernel: { release, arch }, because },
    changed: [...new Map(changed.map((module) => [moduleKey(module), module])).values()],
  };
}

/** Whether links to a module are checked, and taken away when they do not fit. */
export function isLookedAfter(module: ModuleId, policies: Policies): boolean {
  return policyFor(policies, module)['weak-modules'] !== 'never';
}

function isWanting({ state }: WeakLinkFacts): boolean {
  return state === 'broken' || state === 'unproven';
}

function isChanged(link: WeakLinkFacts): boolean {
  return link.state === 'broken' || (link.state === 'unproven' && link.changed === true);
}

type Touching = Extract<Action, { do: 'install' | 'uninstall' | 'unbuild' }>;

/**
 * What a link leads to once the actions are done, or has lost by then; undefined where they leave that alone. A version
 * that is installed takes the place of the others; one that goes leaves a link to another version as it is.
 */
function touchedBy(actions: readonly Action[], { module, builtFor }: WeakLinkFacts): ModuleId | undefined {
  const own = actions.filter(
    (action): action is Touching =>
      (action.do === 'install' || action.do === 'uninstall') &&
      action.kernel.release === builtFor &&
      action.module.name === module.name,
  );
  const installed = own.findLast((action) => action.do === 'install');
  if (installed !== undefined) return installed.module;
  return own.some((action) => isSameModule(action.module, module)) ? module : undefined;
}
