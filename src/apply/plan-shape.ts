import type { SavedPlan } from './plan-file.ts';
import { recordName } from './queue.ts';
import { isEvent, isListOf, isModuleId, isObject, isTime } from './shapes.ts';

/** By this a saved plan is known from other JSON. */
export const planKind = 'kmodsmith-plan';

/**
 * Whether a document is a saved plan as far as anything is done by it: the events are decided about, the records
 * removed. The facts, the policies and the plan itself are only compared with what they are now.
 */
export function isSavedPlan(document: unknown): document is SavedPlan {
  if (!isObject(document)) return false;
  const { madeBy, madeAt, root, events, records, factsSha256, facts, policies, plan } = document;
  return (
    document['kind'] === planKind &&
    document['version'] === 1 &&
    [madeBy, root, factsSha256].every((text) => typeof text === 'string') &&
    isTime(madeAt) &&
    isListOf(events, isEvent) &&
    isListOf(records, isRecordName) &&
    isFacts(facts) &&
    isPolicies(policies) &&
    isObject(plan)
  );
}

/** By this name a file of the queue is removed. */
function isRecordName(value: unknown): boolean {
  return typeof value === 'string' && recordName.test(value);
}

function isFacts(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { kernels, modules, pairs } = value;
  return (
    isListOf(kernels, (kernel) => isObject(kernel) && typeof kernel['release'] === 'string') &&
    isListOf(modules, isModuleId) &&
    isListOf(pairs, (pair) => isObject(pair) && isModuleId(pair['module']))
  );
}

function isPolicies(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { base, modules } = value;
  return isObject(base) && isObject(modules) && Object.values(modules).every(isObject);
}
