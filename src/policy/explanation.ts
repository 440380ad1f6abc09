import { adviseSkip, type Subject } from './advice.ts';
import type { Touch } from './history.ts';
import { isSameModule } from './identity.ts';
import type { KnobName } from './knobs.ts';
import { bearingKnobs } from './reason-catalogue.ts';
import type { Reason, SkipReason } from './reasons.ts';
import type { Action, Plan } from './types.ts';

type InitramfsUpdate = Extract<Action, { do: 'initramfs' }>;

/** What is to happen to a pair: steps, or nothing, each for a reason. */
export type Prospect =
  | {
      readonly steps: readonly Action['do'][];
      readonly because: Reason;
      /** How the kernel's initramfs is looked after then; left out where it is not, for this module. */
      readonly initramfs?: InitramfsUpdate['mode'];
    }
  | { readonly skipped: SkipReason };

/** Why a pair is as it is and what would change that: plain data. */
export interface Explanation extends Subject {
  readonly files: PairFiles;
  readonly next: Prospect;
  readonly advice: readonly string[];
  readonly last?: Touch;
}

export interface PairFiles {
  /** Host paths of the installed modules. */
  readonly installed: readonly string[];
  /** Host path of what make said when the build was made. */
  readonly log?: string;
  /** Milliseconds that the build took. */
  readonly duration?: number;
}

/** What a plan has in store for a pair. A plan that looks at everything has something to say of each. */
export function prospectOf({ pair, kernel }: Subject, { actions, skipped }: Plan): Prospect {
  const own = actions.filter(
    (action) =>
      'module' in action &&
      'kernel' in action &&
      isSameModule(action.module, pair.module) &&
      action.kernel.release === kernel.release,
  );
  const [first] = own;
  if (first !== undefined) {
    const update = actions.find(
      (action): action is InitramfsUpdate =>
        action.do === 'initramfs' &&
        action.kernel.release === kernel.release &&
        action.modules.some((module) => isSameModule(module, pair.module)),
    );
    const steps = own.map((action) => action.do);
    return { steps, because: first.because, ...(update && { initramfs: update.mode }) };
  }
  const skip = skipped.find((one) => one.kernel === kernel.release && isSameModule(one.module, pair.module));
  return { skipped: skip?.because ?? { code: 'up-to-date' } };
}

/** The knobs that decided about it, and those that are set for the module; each once. */
export function knobsToShow(next: Prospect, own: readonly KnobName[]): KnobName[] {
  const bearing = bearingKnobs('steps' in next ? next.because : next.skipped);
  const later: readonly KnobName[] = 'initramfs' in next ? ['initramfs'] : [];
  return [...new Set([...bearing, ...later, ...own])];
}

/** What an admin can do now. */
export function adviseProspect(next: Prospect, subject: Subject): string[] {
  if ('skipped' in next) return adviseSkip(next.skipped, subject);
  return ['The next run does that by itself. To have it now: kmodsmith run --all'];
}
