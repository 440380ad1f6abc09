import { version } from '../../package.json';
import { KmodsmithError } from '../errors.ts';
import { canonicalJson } from '../formats/canonical-json.ts';
import { movedFacts, movedKnobs } from '../policy/moved.ts';
import type { Policies } from '../policy/policies.ts';
import type { Facts, Plan } from '../policy/types.ts';
import { digestFacts, type SavedPlan } from './plan-file.ts';

/** What there is now, and what comes of the saved plan's events by it. */
export interface Present {
  readonly facts: Facts;
  readonly policies: Policies;
  readonly plan: Plan;
}

/**
 * Makes sure that a saved plan is what would be planned now.
 * @throws KmodsmithError PLAN_OUTDATED, naming what has moved; PLAN_INVALID when nothing has, so that the plan itself
 * was changed.
 */
export function assertCurrent(saved: SavedPlan, present: Present): void {
  if (digestFacts(present.facts) !== saved.factsSha256) {
    throw outdated(movedFacts(saved.facts, present.facts));
  }
  if (canonicalJson(present.plan) === canonicalJson(saved.plan)) return;
  const knobs = movedKnobs(saved.policies, present.policies);
  if (knobs.length > 0) throw outdated([`the policy (${knobs.join(', ')})`]);
  if (saved.madeBy !== version) {
    throw outdated([`kmodsmith (${saved.madeBy} made it, this is ${version})`]);
  }
  throw new KmodsmithError('PLAN_INVALID', 'the plan is not what comes of its events: it was changed', {
    hint: planAgain,
  });
}

const planAgain = "Plan again with 'kmodsmith plan --output FILE', look at what it says, and apply that.";

const shown = 5;

function outdated(moved: readonly string[]): KmodsmithError {
  const others = moved.length - shown;
  const more = others > 0 ? ` and ${others} ${others === 1 ? 'other' : 'others'}` : '';
  const what = moved.length === 0 ? 'the facts' : `${moved.slice(0, shown).join(', ')}${more}`;
  return new KmodsmithError(
    'PLAN_OUTDATED',
    `the plan is outdated, since it was made this has moved: ${what}`,
    {
      hint: planAgain,
    },
  );
}
