import type { KnobName } from '../policy/knobs.ts';
import { effectivePolicy } from './effective-policy.ts';
import { formatSource } from './format-value.ts';
import type { LoadedPolicy } from './merge-policy.ts';

/** Where the value that is in force was set, of the machine or of a module; as messages name it. */
export function placeOfKnob(loaded: LoadedPolicy, knob: KnobName, module?: string): string {
  const source = effectivePolicy(loaded, module).knobs[knob]?.source ?? 'default';
  return formatSource(source);
}
