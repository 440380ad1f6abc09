import { isFailureClass } from '../policy/failure-class.ts';
import type { HistoryEntry } from '../policy/history.ts';
import { isReasonCode, isSkipCode } from '../policy/reason-catalogue.ts';
import { isEvent, isListOf, isModuleId, isObject, isTime } from './shapes.ts';

/** Whether a line of the history can be told: a later version may have reasons that nobody here knows. */
export function isHistoryEntry(document: unknown): document is HistoryEntry {
  if (!isObject(document)) return false;
  const { version, at, events, deeds, skipped } = document;
  return (
    version === 1 &&
    isTime(at) &&
    isListOf(events, isEvent) &&
    isListOf(deeds, isDeed) &&
    isListOf(skipped, isSkipped)
  );
}

function isDeed(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { module, kernel, steps, because, failed } = value;
  return (
    (module === undefined || isModuleId(module)) &&
    (kernel === undefined || typeof kernel === 'string') &&
    isListOf(steps, (step) => typeof step === 'string') &&
    isBecause(because, isReasonCode) &&
    (failed === undefined || isFailure(failed))
  );
}

function isFailure(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { step, state, code, message } = value;
  return [step, state, code, message].every((text) => typeof text === 'string') && hasKnownClass(value);
}

function isSkipped(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { module, kernel, because } = value;
  return isModuleId(module) && typeof kernel === 'string' && isBecause(because, isSkipCode);
}

function hasKnownClass(value: Readonly<Record<string, unknown>>): boolean {
  return value['class'] === undefined || isFailureClass(value['class']);
}

/** The lists and texts that words are made from. */
function isBecause(value: unknown, isCode: (code: string) => boolean): boolean {
  if (!isObject(value)) return false;
  const { code, changes, missing, summary, why } = value;
  if (typeof code !== 'string' || !isCode(code)) return false;
  const lists = [changes ?? [], missing ?? []];
  const texts = [summary ?? '', why ?? ''];
  return (
    lists.every((list) => isListOf(list, isObject)) &&
    texts.every((text) => typeof text === 'string') &&
    hasKnownClass(value)
  );
}
