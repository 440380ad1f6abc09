import type { KnobName, Policy } from '../policy/knobs.ts';
import type { KnobValue } from './knob-value.ts';
import type { LoadedPolicy, ValueSource } from './merge-policy.ts';
import { sectionKnobs } from './policy-keys.ts';

interface EffectiveValue {
  readonly value: KnobValue;
  readonly source: ValueSource;
}

export type EffectiveValues = Readonly<Partial<Record<KnobName, EffectiveValue>>>;

export interface EffectivePolicy {
  /** Of the machine, or of the module that is asked for: every knob that it can have. */
  readonly knobs: EffectiveValues;
  /** What modules, or versions of that module, have of their own; in the order of their names. */
  readonly modules: Readonly<Record<string, EffectiveValues>>;
}

/** What is in force and what made it so. `module` is a name or `name/version`; there may be none of that name. */
export function effectivePolicy(loaded: LoadedPolicy, module?: string): EffectivePolicy {
  const labels = Object.keys(loaded.policies.modules).toSorted();
  const own = labels.filter((label) => module === undefined || label.startsWith(`${module}/`));
  return {
    knobs: module === undefined ? machineValues(loaded) : moduleValues(loaded, module),
    modules: Object.fromEntries(own.map((label) => [label, ownValues(loaded, label)])),
  };
}

function machineValues({ policies, sources }: LoadedPolicy): EffectiveValues {
  return pick(withSources(policies.base, sources.base), sectionKnobs.machine);
}

function moduleValues(loaded: LoadedPolicy, module: string): EffectiveValues {
  const { policies, sources } = loaded;
  const [name = ''] = module.split('/');
  const layers = [ownValues(loaded, name), ownValues(loaded, module)];
  return pick(Object.assign(withSources(policies.base, sources.base), ...layers), sectionKnobs.module);
}

function ownValues({ policies, sources }: LoadedPolicy, label: string): EffectiveValues {
  if (!Object.hasOwn(policies.modules, label)) return {};
  return withSources(policies.modules[label], sources.modules[label]);
}

function withSources(
  values: Partial<Policy> = {},
  sources: Partial<Record<KnobName, ValueSource>> = {},
): EffectiveValues {
  const knobs = Object.entries(values) as [KnobName, KnobValue][];
  return Object.fromEntries(
    knobs.map(([knob, value]) => [knob, { value, source: sources[knob] ?? 'default' }]),
  );
}

function pick(values: EffectiveValues, knobs: readonly KnobName[]): EffectiveValues {
  return Object.fromEntries(knobs.map((knob) => [knob, values[knob]]));
}
