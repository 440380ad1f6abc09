import { isModuleName, isModuleVersion } from '../formats/release-words.ts';
import { type KnobName, knobNames, knobs } from '../policy/knobs.ts';
import { nearest } from './knob-value.ts';

/** What settings are about: what stands above the first section is the machine's. */
export type SectionKind = 'machine' | 'module' | 'version';

/** The knobs that each section takes. Parser, JSON Schema, `policy show` and manual go by it. */
export const sectionKnobs: Readonly<Record<SectionKind, readonly KnobName[]>> = {
  machine: knobNames.filter((name) => knobs[name].of !== 'module'),
  module: knobNames.filter((name) => knobs[name].of !== 'machine'),
  // One version cannot be pinned to another.
  version: knobNames.filter((name) => knobs[name].of !== 'machine' && knobs[name].kind !== 'version'),
};

/** What is wrong with a key or a value, for `PolicyProblem`. */
export interface Fault {
  readonly message: string;
  readonly hint: string;
}

export const sectionHint =
  'Sections are [module."name"] and [module."name/version"], with the quotes, and have no sections of their own.';

/** Which section `[module."<label>"]` is; undefined if that cannot be the name of a module, with or without version. */
export function kindOfLabel(label: string): 'module' | 'version' | undefined {
  const [name = '', version, ...rest] = label.split('/');
  if (!isModuleName(name) || rest.length > 0) return undefined;
  if (version === undefined) return 'module';
  return isModuleVersion(version) ? 'version' : undefined;
}

export function isKnobOf(section: SectionKind, key: string): key is KnobName {
  return (sectionKnobs[section] as readonly string[]).includes(key);
}

/** Why a section does not take a key. */
export function faultOfKey(section: SectionKind, key: string, isTable: boolean): Fault {
  if (section === 'machine' && isKnobOf('module', key)) {
    return {
      message: 'for one module only',
      hint: 'Write it into the section of the module: [module."name"].',
    };
  }
  if (section === 'version' && isKnobOf('module', key)) {
    return { message: 'for all versions only', hint: 'Write it into the section without a version.' };
  }
  if (section !== 'machine' && (key === 'preset' || isKnobOf('machine', key))) {
    return { message: 'for the whole machine only', hint: 'Write it above the first section.' };
  }
  if (isTable) return { message: 'unknown section', hint: sectionHint };
  const valid = section === 'machine' ? ['preset', ...sectionKnobs.machine, 'module'] : sectionKnobs[section];
  return { message: 'unknown key', hint: nearest('key', key, valid) };
}
