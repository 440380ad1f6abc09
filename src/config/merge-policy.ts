import { defaultPolicy, type KnobName, knobNames, type Policy } from '../policy/knobs.ts';
import type { Policies } from '../policy/policies.ts';
import { type PresetName, presets } from '../policy/presets.ts';
import type { ParsedPolicyFile, Place, PolicyProblem, PresetChoice, Setting } from './policy-file.ts';

/** What set an effective value: a file, the preset that is in force, or nobody. */
export type ValueSource = Place | { readonly preset: PresetName } | 'default';

export interface LoadedPolicy {
  readonly policies: Policies;
  /** By knob for the machine, and by module and knob for what modules have of their own. */
  readonly sources: {
    readonly base: Readonly<Record<KnobName, ValueSource>>;
    readonly modules: Readonly<Record<string, Readonly<Partial<Record<KnobName, Place>>>>>;
  };
  /** The last one that a file names. */
  readonly preset?: PresetChoice;
  readonly problems: readonly PolicyProblem[];
}

/**
 * Applies parsed files in the order given, the later one winning; the preset lies below all of them, whichever file
 * names it. Pure, and never throws.
 */
export function mergePolicy(files: readonly ParsedPolicyFile[]): LoadedPolicy {
  const preset = files.flatMap((file) => file.presets).at(-1);
  const settings = files.flatMap((file) => file.settings);
  const base = layer(settings.filter(({ module }) => module === undefined));
  const labels = [...new Set(settings.flatMap(({ module }) => module ?? []))];
  const modules = labels.map(
    (label) => [label, layer(settings.filter(({ module }) => module === label))] as const,
  );
  return {
    policies: {
      base: { ...presetPolicy(preset?.preset), ...base.values },
      modules: Object.fromEntries(modules.map(([label, { values }]) => [label, values])),
    },
    sources: {
      base: { ...presetSources(preset?.preset), ...base.places },
      modules: Object.fromEntries(modules.map(([label, { places }]) => [label, places])),
    },
    ...(preset !== undefined && { preset }),
    problems: files.flatMap((file) => file.problems),
  };
}

/** The defaults with what a preset changes of them. */
export function presetPolicy(preset: PresetName = 'default'): Policy {
  return { ...defaultPolicy, ...presets[preset].values };
}

function presetSources(preset: PresetName = 'default'): Record<KnobName, ValueSource> {
  const own = Object.keys(presets[preset].values);
  const sources = knobNames.map((knob) => [knob, own.includes(knob) ? { preset } : 'default']);
  return Object.fromEntries(sources) as Record<KnobName, ValueSource>;
}

interface Layer {
  readonly values: Partial<Policy>;
  readonly places: Partial<Record<KnobName, Place>>;
}

function layer(settings: readonly Setting[]): Layer {
  return {
    values: Object.fromEntries(settings.map(({ knob, value }) => [knob, value])),
    places: Object.fromEntries(
      settings.map(({ knob, file, line }) => [knob, line === undefined ? { file } : { file, line }]),
    ),
  };
}
