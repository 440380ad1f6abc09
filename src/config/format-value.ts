import { formatPlace } from './format-problem.ts';
import type { KnobValue } from './knob-value.ts';
import type { ValueSource } from './merge-policy.ts';

/** The value of a knob for a table; an empty one is "none". */
export function formatValue(value: KnobValue): string {
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : value.join(', ');
  return text === '' ? 'none' : text;
}

/** `default`, a file and line, or a preset and the place that chose it. */
export function formatSource(source: ValueSource): string {
  if (source === 'default') return source;
  return 'preset' in source ? `preset "${source.preset}" (${formatPlace(source)})` : formatPlace(source);
}
