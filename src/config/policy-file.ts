import { parse, TomlError } from 'smol-toml';
import { isModuleName, isModuleVersion } from '../formats/release-words.ts';
import { type KnobName, knobNames, knobs, laterKnobs } from '../policy/knobs.ts';
import { type PresetName, presetNames } from '../policy/presets.ts';
import { type KnobValue, nearest, readValue } from './knob-value.ts';
import { lineOfKey } from './line-of-key.ts';

/** What is wrong in a policy file. `line` counts from 1; a problem of the whole file has neither line nor key. */
export interface PolicyProblem {
  readonly file: string;
  readonly line?: number;
  readonly key?: string;
  readonly message: string;
  readonly hint?: string;
}

/** Where something is written. */
export interface Place {
  readonly file: string;
  readonly line?: number;
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

type Finding =
  | { readonly setting: Setting }
  | { readonly preset: PresetChoice }
  | { readonly problem: PolicyProblem };

/**
 * Reads one policy drop-in. Never throws: what is invalid becomes a problem and is left out of the settings, so
 * that a hook goes on with the setting that was valid before (docs/policy.md, section 2).
 */
export function parsePolicyFile(source: PolicyText): ParsedPolicyFile {
  try {
    const entries = Object.entries(parse(source.text));
    return collect(entries.flatMap(([key, value]) => readEntry(source, key, value)));
  } catch (error) {
    return { ...emptyPolicyFile, problems: [syntaxProblem(source.file, error)] };
  }
}

function readEntry(source: PolicyText, key: string, value: unknown): Finding[] {
  if (key === 'preset') return [readPreset(source, value)];
  if (key === 'module') return readModules(source, value);
  return [readKnob(source, { path: [key], value })];
}

function readPreset(source: PolicyText, value: unknown): Finding {
  const preset = presetNames.find((name) => name === value);
  if (preset !== undefined) return { preset: { preset, ...placeOf(source, ['preset']) } };
  const hint =
    typeof value === 'string'
      ? nearest('preset', value, presetNames)
      : `It must be one of these strings: ${presetNames.map((name) => `"${name}"`).join(', ')}.`;
  return problemAt(source, ['preset'], { message: `invalid value ${shown(value)}`, hint });
}

function readModules(source: PolicyText, value: unknown): Finding[] {
  if (!isTable(value)) {
    const hint = 'Settings for a module are a section: [module."name"], or [module."name/version"].';
    return [problemAt(source, ['module'], { message: `invalid value ${shown(value)}`, hint })];
  }
  return Object.entries(value).flatMap(([module, section]) => readModule(source, module, section));
}

function readModule(source: PolicyText, module: string, section: unknown): Finding[] {
  const path = ['module', module];
  const [name = '', version, ...rest] = module.split('/');
  const isLabel = isModuleName(name) && (version === undefined || isModuleVersion(version));
  if (!isLabel || rest.length > 0 || !isTable(section)) {
    const message = isTable(section) ? 'not the name of a module' : `invalid value ${shown(section)}`;
    const hint = 'Give sections as [module."name"], or [module."name/version"].';
    return [problemAt(source, path, { message, hint })];
  }
  return Object.entries(section).map(([key, value]) =>
    readKnob(source, { path: [...path, key], value, module }),
  );
}

interface Assignment {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly module?: string;
}

function readKnob(source: PolicyText, { path, value, module }: Assignment): Finding {
  const key = path.at(-1) ?? '';
  const fault = module === undefined ? faultOfKey(key, value) : faultOfModuleKey(key, { value, module });
  if (fault !== undefined) return problemAt(source, path, fault);
  const knob = key as KnobName;
  const read = readValue(knob, value);
  if ('hint' in read)
    return problemAt(source, path, { message: `invalid value ${shown(value)}`, hint: read.hint });
  return {
    setting: { knob, value: read.value, ...placeOf(source, path), ...(module !== undefined && { module }) },
  };
}

type Fault = Pick<PolicyProblem, 'message' | 'hint'>;

const machineKeys = knobNames.filter((name) => knobs[name].of !== 'module');
const moduleKeys = knobNames.filter((name) => knobs[name].of !== 'machine');

function faultOfKey(key: string, value: unknown): Fault | undefined {
  if ((machineKeys as readonly string[]).includes(key)) return undefined;
  if ((moduleKeys as readonly string[]).includes(key)) {
    return {
      message: 'only a module can have it',
      hint: `Write it into the section of one: [module."name"].`,
    };
  }
  if (laterKnobs.includes(key)) {
    const message = 'part of the design, but not supported by this version of kmodsmith';
    return { message, hint: `Remove it. Valid keys: ${machineKeys.join(', ')}.` };
  }
  const hint = nearest('key', key, [...machineKeys, 'preset', 'module']);
  return { message: isTable(value) ? 'unknown section' : 'unknown key', hint };
}

function faultOfModuleKey(
  key: string,
  { value, module }: { value: unknown; module: string },
): Fault | undefined {
  if (key === 'pin' && module.includes('/')) {
    return {
      message: 'one version cannot be pinned to another',
      hint: 'Write it into the section of the name alone.',
    };
  }
  if ((moduleKeys as readonly string[]).includes(key)) return undefined;
  if ((machineKeys as readonly string[]).includes(key)) {
    return { message: 'the same for all modules', hint: 'Write it above the first section.' };
  }
  if (laterKnobs.includes(key)) return faultOfKey(key, value);
  return {
    message: isTable(value) ? 'unknown section' : 'unknown key',
    hint: nearest('key', key, moduleKeys),
  };
}

function shown(value: unknown): string {
  if (isTable(value)) return '(a section)';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function problemAt(source: PolicyText, path: readonly string[], fault: Fault): Finding {
  return { problem: { ...placeOf(source, path), key: path.join('.'), ...fault } };
}

function placeOf({ file, text }: PolicyText, path: readonly string[]): Place {
  const line = lineOfKey(text, path);
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
  const hint = 'Nothing in this file is in force until it is valid TOML: https://toml.io/en/v1.0.0';
  return { file, ...(error instanceof TomlError && { line: error.line }), message, hint };
}
