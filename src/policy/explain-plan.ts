import { explainReason, explainSkip, moduleLabel } from './explain.ts';
import type { Reason } from './reasons.ts';
import type { Action, Plan, Skipped } from './types.ts';

/** Whether the words are about what would be done, or about what was. */
export type Tense = 'planned' | 'done';

/** The plan in words for an admin, a line a pair: what is done and why, then what is not done and why. */
export function explainPlan(plan: Plan, tense: Tense = 'planned'): string[] {
  const lines = [...groupByTarget(plan.actions).values()].map((actions) => explainActions(actions, tense));
  return [...lines, ...plan.skipped.filter(isTelling).map(explainSkipped)];
}

/** What the actions for one module and kernel come to. All of them share one reason. */
function explainActions(actions: readonly Action[], tense: Tense): string {
  const [first] = actions;
  if (first === undefined) return '';
  if (first.do === 'depmod') return `depmod for ${first.kernel.release}: ${explainReason(first.because)}`;
  if (first.do === 'initramfs') return explainInitramfs(first, tense);
  if (first.do === 'weak-links') {
    const what = tense === 'planned' ? 'check' : 'checked';
    return `weak links of ${first.kernel.release}: ${what}, ${explainReason(first.because)}`;
  }
  const steps = actions.map((action) => action.do);
  const what = explainSteps(steps, first.because, tense);
  if (!('kernel' in first)) return `${moduleLabel(first.module)}: ${what}`;
  return `${moduleLabel(first.module)} for ${first.kernel.release}: ${what}`;
}

/** Whether a module belongs there is found out when it is done; the outcome has a note of that. */
function explainInitramfs(
  { kernel, mode, modules, because }: Extract<Action, { do: 'initramfs' }>,
  tense: Tense,
): string {
  const what = tense === 'planned' ? 'update' : 'looked after';
  const names = modules.length === 0 ? 'what changed' : modules.map(({ name }) => name).join(' or ');
  const condition = mode === 'always' ? '' : ` if ${names} belongs there`;
  return `initramfs of ${kernel.release}: ${what}${condition}, ${explainReason(because)}`;
}

/** "rebuild, include/linux/fs.h changed since it was built": what steps with one reason come to, and why. */
export function explainSteps(steps: readonly Action['do'][], because: Reason, tense: Tense): string {
  return `${words[tense][summarise(steps, because)]}, ${explainReason(because)}`;
}

function explainSkipped({ module, kernel, because, severity }: Skipped): string {
  const gravity = severity === undefined ? '' : `${severity}, `;
  return `${moduleLabel(module)} for ${kernel}: ${gravity}${explainSkip(because)}`;
}

/** Pairs of which there is nothing to say are left out, or a plan of many kernels could not be read. */
function isTelling({ because }: Skipped): boolean {
  return (
    because.code !== 'autoinstall-off' &&
    because.code !== 'unregistered' &&
    because.code !== 'held-back' &&
    because.code !== 'image-missing' &&
    because.code !== 'not-built' &&
    because.code !== 'other-version'
  );
}

function groupByTarget(actions: readonly Action[]): Map<string, Action[]> {
  const groups = new Map<string, Action[]>();
  for (const action of actions) {
    const module = 'module' in action ? moduleLabel(action.module) : '';
    const kernel = 'kernel' in action ? action.kernel.release : '';
    const once = module === '' ? action.do : '';
    const key = `${module}\0${kernel}\0${once}`;
    groups.set(key, [...(groups.get(key) ?? []), action]);
  }
  return groups;
}

type Summary =
  | 'create'
  | 'build'
  | 'rebuild'
  | 'install'
  | 'remove'
  | 'uninstall'
  | 'register'
  | 'deregister';

const words: Readonly<Record<Tense, Readonly<Record<Summary, string>>>> = {
  planned: {
    create: 'build and install',
    build: 'build',
    rebuild: 'rebuild',
    install: 'install',
    remove: 'remove',
    uninstall: 'uninstall',
    register: 'register',
    deregister: 'deregister',
  },
  done: {
    create: 'built and installed',
    build: 'built',
    rebuild: 'rebuilt',
    install: 'installed',
    remove: 'removed',
    uninstall: 'uninstalled',
    register: 'registered',
    deregister: 'deregistered',
  },
};

/** A failed install leaves a build that is not installed; a failed unbuild, one that is not removed. */
function summarise(steps: readonly Action['do'][], { code }: Reason): Summary {
  if (steps.includes('build')) {
    if (!steps.includes('install')) return 'build';
    return firstBuilds.includes(code) ? 'create' : 'rebuild';
  }
  if (steps.includes('unbuild')) return 'remove';
  if (steps.includes('uninstall')) return 'uninstall';
  if (steps.includes('register')) return 'register';
  return steps.includes('deregister') ? 'deregister' : 'install';
}

const firstBuilds: readonly Reason['code'][] = ['new-kernel', 'new-version', 'asked'];
