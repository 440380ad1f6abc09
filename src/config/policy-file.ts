import { closestMatch } from 'leven';
import { parse, TomlError } from 'smol-toml';
import { type KnobName, knobs, laterKnobs, type Policy } from '../policy/knobs.ts';
import { lineOfKey } from './line-of-key.ts';

/** What is wrong in a policy file. `line` counts from 1; a problem of the whole file has neither line nor key. */
export interface PolicyProblem {
  readonly file: string;
  readonly line?: number;
  readonly key?: string;
  readonly message: string;
  readonly hint?: string;
}

/** One valid assignment and where it stands. */
type Setting = {
  readonly [Name in KnobName]: { readonly knob: Name; readonly value: Policy[Name] };
}[KnobName] & { readonly file: string; readonly line?: number };

export interface ParsedPolicyFile {
  readonly settings: readonly Setting[];
  readonly problems: readonly PolicyProblem[];
}

export interface PolicyText {
  /** The path to name in messages. */
  readonly file: string;
  /** TOML. */
  readonly text: string;
}

type Finding = { readonly setting: Setting } | { readonly problem: PolicyProblem };

/**
 * Reads one policy drop-in. Never throws: what is invalid becomes a problem and is left out of the settings, so
 * that a hook goes on with the setting that was valid before (docs/policy.md, section 2).
 */
export function parsePolicyFile(source: PolicyText): ParsedPolicyFile {
  try {
    const entries = Object.entries(parse(source.text));
    return collect(entries.flatMap(([key, value]) => readEntry(source, key, value)));
  } catch (error) {
    return { settings: [], problems: [syntaxProblem(source.file, error)] };
  }
}

function readEntry(source: PolicyText, key: string, value: unknown): Finding[] {
  const { file } = source;
  const problem = (path: readonly string[], message: string, hint: string): Finding[] => [
    { problem: { file, ...lineOf(source, path), key: path.join('.'), message, hint } },
  ];
  if (isKnob(key)) {
    if (!isValueOf(key, value)) return problem([key], `invalid value ${shown(value)}`, valueHint(key, value));
    return [{ setting: { knob: key, value, file, ...lineOf(source, [key]) } as Setting }];
  }
  if (laterKnobs.includes(key)) {
    const message = 'part of the design, but not supported by this version of kmodsmith';
    return problem([key], message, `Remove it. ${validKeys}`);
  }
  if (key === 'module') {
    const sections = isTable(value) ? Object.keys(value) : [];
    const paths = sections.length > 0 ? sections.map((section) => [key, section]) : [[key]];
    const message = 'settings for one module are not supported by this version of kmodsmith';
    return paths.flatMap((path) =>
      problem(path, message, 'Remove the section; the knobs apply to all modules.'),
    );
  }
  return problem([key], isTable(value) ? 'unknown section' : 'unknown key', nearest('key', key, knobNames));
}

const knobNames = Object.keys(knobs);
const validKeys = `Valid keys: ${knobNames.join(', ')}.`;

function isKnob(key: string): key is KnobName {
  return Object.hasOwn(knobs, key);
}

function isValueOf<Name extends KnobName>(knob: Name, value: unknown): value is Policy[Name] {
  return (knobs[knob] as readonly unknown[]).includes(value);
}

function valueHint(knob: KnobName, value: unknown): string {
  if (typeof value === 'string') return nearest('value', value, knobs[knob]);
  return `It must be one of these strings: ${knobs[knob].map((known) => `"${known}"`).join(', ')}.`;
}

/** The distance is Levenshtein's; a capital letter is no mistake worth a point. */
function nearest(noun: 'key' | 'value', written: string, valid: readonly string[]): string {
  const match = closestMatch(written.slice(0, 80).toLowerCase(), valid) ?? '';
  return `The nearest valid ${noun} is "${match}". Valid ${noun}s: ${valid.join(', ')}.`;
}

function shown(value: unknown): string {
  if (isTable(value)) return '(a section)';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function lineOf(source: PolicyText, path: readonly string[]): { line?: number } {
  const line = lineOfKey(source.text, path);
  return line === undefined ? {} : { line };
}

function collect(findings: readonly Finding[]): ParsedPolicyFile {
  return {
    settings: findings.flatMap((finding) => ('setting' in finding ? [finding.setting] : [])),
    problems: findings.flatMap((finding) => ('problem' in finding ? [finding.problem] : [])),
  };
}

function syntaxProblem(file: string, error: unknown): PolicyProblem {
  const message = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  const hint = 'Nothing in this file is in force until it is valid TOML: https://toml.io/en/v1.0.0';
  return { file, ...(error instanceof TomlError && { line: error.line }), message, hint };
}
