import { closestMatch } from 'leven';
import { isModuleVersion, isProgramPath } from '../formats/release-words.ts';
import type { KnobDeclaration } from '../policy/knob-declaration.ts';
import { type KnobName, knobs } from '../policy/knobs.ts';

export type KnobValue = string | boolean | number | readonly string[];

export type ReadValue = { readonly value: KnobValue } | { /** What is valid. */ readonly hint: string };

/** A value from a policy file, if it is one that the knob takes. Never throws. */
export function readValue(knob: KnobName, value: unknown): ReadValue {
  const declared: KnobDeclaration = knobs[knob];
  switch (declared.kind) {
    case 'choice':
      return readChoice(Object.keys(declared.values), value);
    case 'set':
      return readSet(Object.keys(declared.values), value);
    case 'switch':
      return typeof value === 'boolean' ? { value } : { hint: 'It must be true or false.' };
    case 'version':
      return readVersion(value);
    case 'program':
      return readProgram(value);
    case 'seconds':
      return readSeconds(declared, value);
  }
}

function readChoice(valid: readonly string[], value: unknown): ReadValue {
  if (typeof value !== 'string') return { hint: `It must be one of these strings: ${quoted(valid)}.` };
  return valid.includes(value) ? { value } : { hint: nearest('value', value, valid) };
}

/** A list, one string, or "none". In the order of the declaration, so that equal sets are equal. */
function readSet(valid: readonly string[], value: unknown): ReadValue {
  if (value === 'none') return { value: [] };
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const wrong = items.find((item) => !(typeof item === 'string' && valid.includes(item)));
  if (wrong === undefined) return { value: valid.filter((item) => items.includes(item)) };
  if (typeof wrong === 'string' && wrong !== 'none')
    return { hint: nearest('value', wrong, [...valid, 'none']) };
  return { hint: `It must be a list of these strings: ${quoted(valid)}; or "none" by itself.` };
}

function readVersion(value: unknown): ReadValue {
  if (typeof value === 'string' && (value === '' || isModuleVersion(value))) return { value };
  return { hint: 'It must be the version of a module, such as "2.3.9"; or "", for none in particular.' };
}

function readProgram(value: unknown): ReadValue {
  if (typeof value === 'string' && (value === '' || isProgramPath(value))) return { value };
  return {
    hint: 'It must be the absolute path of a program, such as "/usr/local/sbin/sign-module"; or "", for none.',
  };
}

function readSeconds({ least, most }: { least: number; most: number }, value: unknown): ReadValue {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most)
    return { value: value as number };
  return { hint: `It must be a number of seconds from ${least} to ${most}, without quotes.` };
}

/** The distance is Levenshtein's; a capital letter is no mistake worth a point. */
export function nearest(noun: 'key' | 'value' | 'preset', written: string, valid: readonly string[]): string {
  const match = closestMatch(written.slice(0, 80).toLowerCase(), valid) ?? '';
  return `The nearest valid ${noun} is "${match}". Valid ${noun}s: ${valid.join(', ')}.`;
}

export function quoted(values: readonly string[]): string {
  return values.map((value) => `"${value}"`).join(', ');
}
