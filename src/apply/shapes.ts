import { isKernelRelease, isModuleName, isModuleVersion } from '../formats/release-words.ts';
import type { Transition } from '../policy/types.ts';

// Hand-written guards for documents that hold only data.

type Document = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

export function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

const transitions: Readonly<Record<Transition, true>> = {
  install: true,
  upgrade: true,
  reconfigure: true,
  remove: true,
  purge: true,
  abort: true,
};

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

export function isModuleId(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name, version } = value;
  return (
    typeof name === 'string' && isModuleName(name) && typeof version === 'string' && isModuleVersion(version)
  );
}
