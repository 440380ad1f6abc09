import { parse, TomlError } from 'smol-toml';
import type { KnobName } from '../policy/knobs.ts';
import { type PresetName, presetNames } from '../policy/presets.ts';
import { type KnobValue, nearest, quoted, readValue } from './knob-value.ts';
import { type LineOfKey, linesOfKeys } from './line-of-key.ts';
import {
  type Fault,
  faultOfKey,
  isKnobOf,
  kindOfLabel,
  type SectionKind,
  sectionHint,
} from './policy-keys.ts';

/** Where something is written. `line` counts from 1; left out where it is not known, and for a whole file. */
export interface Place {
  readonly file: string;
  readonly line?: number;
}

/** What is wrong in a policy file; without a key, with all of it. */
export interface PolicyProblem extends Place {
  /** With its section, as TOML writes it: `module."zfs/2.3.9".force`. */
  readonly key?: string;
  readonly message: string;
  readonly hint?: string;
}

/** One valid assignment and where it stands. */
export interface Setting extends Place {
  /** A name, or `name/version`; left out for the machine. */
  readonly module?: string;
  readonly knob: KnobName;
  readonly value: KnobValue;
}

export interface PresetChoice extends Place {
  readonly preset: PresetName;
}

export interface ParsedPolicyFile {
  readonly settings: readonly Setting[];
  readonly presets: readonly PresetChoice[];
  readonly problems: readonly PolicyProblem[];
}

export const emptyPolicyFile: ParsedPolicyFile = { settings: [], presets: [], problems: [] };

export interface PolicyText {
  /** The path to name in messages. */
  readonly file: string;
  /** TOML. */
  readonly text: string;
}

/**
 * Reads one policy drop-in. Never throws: what is invalid becomes a problem and is left out of the settings, so
 * that a hook goes on with the setting that was valid before (docs/policy.md, section 2).
 */
export function parsePolicyFile({ file, text }: PolicyText): ParsedPolicyFile {
  let document: Table;
  try {
    document = parse(text);
  } catch (error) {
    return { ...emptyPolicyFile, problems: [syntaxProblem(file, error)] };
  }
  const source = { file, lineOf: linesOfKeys(text) };
  return collect(Object.entries(document).flatMap(([key, value]) => readEntry(source, key, value)));
}

interface Source {
  readonly file: string;
  readonly lineOf: LineOfKey;
}

type Finding =
  | { readonly setting: Setting }
  | { readonly preset: PresetChoice }
  | { readonly problem: PolicyProblem };

function readEntry(source: Source, key: string, value: unknown): Finding[] {
  if (key === 'preset') return [readPreset(source, value)];
  if (key === 'module') return readModules(source, value);
  return [readKnob(source, { section: 'machine', path: [key], value })];
}

function readPreset(source: Source, value: unknown): Finding {
  const path = ['preset'];
  const preset = presetNames.find((name) => name === value);
  if (preset !== undefined) return { preset: { preset, ...placeOf(source, path) } };
  const hint =
    typeof value === 'string'
      ? nearest('preset', value, presetNames)
      : `It must be one of these strings: ${quoted(presetNames)}.`;
  return problemAt(source, path, invalid(value, hint));
}

function readModules(source: Source, value: unknown): Finding[] {
  if (!isTable(value)) return [problemAt(source, ['module'], invalid(value, sectionHint))];
  return Object.entries(value).flatMap(([label, section]) => readModule(source, label, section));
}

function readModule(source: Source, module: string, section: unknown): Finding[] {
  const path = ['module', module];
  if (!isTable(section)) return [problemAt(source, path, invalid(section, sectionHint))];
  const kind = kindOfLabel(module);
  if (kind === undefined)
    return [problemAt(source, path, { message: 'not the name of a module', hint: sectionHint })];
  return Object.entries(section).map(([key, value]) =>
    readKnob(source, { section: kind, module, path: [...path, key], value }),
  );
}

interface Assignment {
  readonly section: SectionKind;
  readonly module?: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

function readKnob(source: Source, { section, module, path, value }: Assignment): Finding {
  const knob = path.at(-1) ?? '';
  if (!isKnobOf(section, knob)) return problemAt(source, path, faultOfKey(section, knob, isTable(value)));
  const read = readValue(knob, value);
  if ('hint' in read) return problemAt(source, path, invalid(value, read.hint));
  const about = module === undefined ? {} : { module };
  return { setting: { ...about, knob, value: read.value, ...placeOf(source, path) } };
}

function invalid(value: unknown, hint: string): Fault {
  return { message: `invalid value ${shown(value)}`, hint };
}

function shown(value: unknown): string {
  if (isTable(value)) return '(a section)';
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) return '(a list)';
  if (value instanceof Date) return value.toISOString();
  return shorten(typeof value === 'number' ? String(value) : JSON.stringify(value));
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

type Table = Readonly<Record<string, unknown>>;

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function problemAt(source: Source, path: readonly string[], fault: Fault): Finding {
  const key = path.map(written).join('.');
  return { problem: { ...placeOf(source, path), key, ...fault } };
}

function written(key: string): string {
  return shorten(/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key));
}

function placeOf({ file, lineOf }: Source, path: readonly string[]): Place {
  const line = lineOf(path);
  return line === undefined ? { file } : { file, line };
}

function collect(findings: readonly Finding[]): ParsedPolicyFile {
  return {
    settings: findings.flatMap((finding) => ('setting' in finding ? [finding.setting] : [])),
    presets: findings.flatMap((finding) => ('preset' in finding ? [finding.preset] : [])),
    problems: findings.flatMap((finding) => ('problem' in finding ? [finding.problem] : [])),
  };
}

function syntaxProblem(file: string, error: unknown): PolicyProblem {
  const message = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  const hint = 'Nothing in this file is in force until it is valid TOML: https://toml.io';
  return { file, ...(error instanceof TomlError && { line: error.line }), message, hint };
}
