import { isKernelRelease, isModuleName, isModuleVersion } from '../formats/release-words.ts';
import type { Transition } from '../policy/types.ts';
import type { SavedPlan } from './plan-file.ts';
import { recordName } from './queue.ts';

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

type Document = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

/** By this name a file of the queue is removed. */
function isRecordName(value: unknown): boolean {
  return typeof value === 'string' && recordName.test(value);
}

const transitions: Readonly<Record<Transition, true>> = {
  install: true,
  upgrade: true,
  reconfigure: true,
  remove: true,
  purge: true,
  abort: true,
};

/** Also of a history's line. */
export function isEvent(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { subject, transition, at, underway, kernel, module } = value;
  if (typeof transition !== 'string' || !Object.hasOwn(transitions, transition)) return false;
  if (!isTime(at) || !(underway === undefined || typeof underway === 'boolean')) return false;
  if (subject === 'module') return isModuleId(module);
  if (subject === 'toolkit') return true;
  return (
    (subject === 'image' || subject === 'headers') && typeof kernel === 'string' && isKernelRelease(kernel)
  );
}

function isModuleId(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name, version } = value;
  return (
    typeof name === 'string' && isModuleName(name) && typeof version === 'string' && isModuleVersion(version)
  );
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
