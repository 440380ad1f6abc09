import { type KnobName, knobNames } from '../policy/knobs.ts';
import type { Policies } from '../policy/policies.ts';
import { presetPolicy, presets } from '../policy/presets.ts';
import type { KnobValue } from './knob-value.ts';
import type { ParsedPolicyFile, Place, PolicyProblem, PresetChoice, Setting } from './policy-file.ts';

/** What set an effective value: a file, the preset that is in force, or nobody. */
export type ValueSource = Place | PresetChoice | 'default';

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
  const { base, modules } = layersOf(files.flatMap((file) => file.settings));
  return {
    policies: {
      base: { ...presetPolicy(preset?.preset), ...base.values },
      modules: Object.fromEntries([...modules].map(([label, { values }]) => [label, values])),
    },
    sources: {
      base: { ...presetSources(preset), ...base.places },
      modules: Object.fromEntries([...modules].map(([label, { places }]) => [label, places])),
    },
    ...(preset !== undefined && { preset }),
    problems: files.flatMap((file) => file.problems),
  };
}

function presetSources(choice: PresetChoice | undefined): Record<KnobName, ValueSource> {
  const changed = presets[choice?.preset ?? 'default'].values;
  const sources = knobNames.map((knob) => [knob, knob in changed ? choice : 'default']);
  return Object.fromEntries(sources) as Record<KnobName, ValueSource>;
}

/** What files say of the machine or of a module, the last word on each knob. */
interface Layer {
  readonly values: Record<string, KnobValue>;
  readonly places: Partial<Record<KnobName, Place>>;
}

function layersOf(settings: readonly Setting[]): { base: Layer; modules: ReadonlyMap<string, Layer> } {
  const base: Layer = { values: {}, places: {} };
  const modules = new Map<string, Layer>();
  for (const { module, knob, value, ...place } of settings) {
    const layer = module === undefined ? base : (modules.get(module) ?? { values: {}, places: {} });
    layer.values[knob] = value;
    layer.places[knob] = place;
    if (module !== undefined) modules.set(module, layer);
  }
  return { base, modules };
}
