import { isSameModule } from './identity.ts';
import { oncePerKernel } from './once-per-kernel.ts';
import type { Policies } from './policies.ts';
import { findPair, isInPlace } from './requests.ts';
import type { Action, Facts, ModuleId, Plan } from './types.ts';

/** What somebody asked for by name and an engine had begun. */
export interface Begun {
  /** When, in ms since the epoch. */
  readonly at: number;
  readonly actions: readonly Action[];
}

/**
 * What is left to do of it by what is on disk now. Kernels and modules that are gone meanwhile, and builds that were
 * tried and failed, are not asked for any more.
 */
export function planUnfinished(
  begun: Begun,
  { facts, policies }: { facts: Facts; policies: Policies },
): Plan {
  const actions: Action[] = [];
  for (const action of begun.actions)
    if (isLeft(action, { begun, facts, left: actions })) actions.push(action);
  const once = oncePerKernel(actions, { kernels: facts.kernels, events: [], facts, policies });
  return { version: 1, actions: [...actions, ...once], skipped: [] };
}

interface Look {
  readonly begun: Begun;
  readonly facts: Facts;
  /** What comes before. */
  readonly left: readonly Action[];
}

function isLeft(action: Action, look: Look): boolean {
  const { facts } = look;
  switch (action.do) {
    case 'build':
      return isBuildable(action, facts) && !isSettled(action, look);
    case 'install':
      return isInstallLeft(action, look);
    case 'uninstall':
      return isThere(action, facts);
    case 'unbuild':
      return pairOf(action, facts)?.build !== undefined;
    case 'register':
      return !facts.modules.some((module) => module.registered && isSameModule(module, action.module));
    case 'deregister':
      return facts.modules.some((module) => isSameModule(module, action.module));
    // They follow from what is left.
    case 'weak-links':
    case 'depmod':
    case 'initramfs':
      return false;
  }
}

type OfPair = Extract<Action, { module: ModuleId; kernel: unknown }>;

function pairOf({ module, kernel }: OfPair, facts: Facts) {
  return findPair(facts, module, kernel.release);
}

function isThere(action: OfPair, facts: Facts): boolean {
  const pair = pairOf(action, facts);
  return pair !== undefined && isInPlace(pair);
}

function isBuildable(action: OfPair, facts: Facts): boolean {
  const kernel = facts.kernels.find(({ release }) => release === action.kernel.release);
  return kernel?.headers.state === 'ready' && pairOf(action, facts) !== undefined;
}

/** Built or failed since. */
function isSettled(action: OfPair, { begun, facts }: Look): boolean {
  const { build, failure } = pairOf(action, facts) ?? {};
  return [build?.builtAt, failure?.at].some((time) => time !== undefined && time >= begun.at);
}

function isInstallLeft(action: OfPair, { begun, facts, left }: Look): boolean {
  const build = pairOf(action, facts)?.build;
  const isOwn = (other: Action): other is OfPair =>
    other.do === 'build' &&
    isSameModule(other.module, action.module) &&
    other.kernel.release === action.kernel.release;
  if (left.some(isOwn)) return true;
  const failed = begun.actions.some(isOwn) && (build === undefined || build.builtAt < begun.at);
  return !failed && build !== undefined && !build.installed;
}
