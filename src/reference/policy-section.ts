import { sectionKnobs } from '../config/policy-keys.ts';
import { sentence } from '../formats/sentence.ts';
import type { KnobDeclaration } from '../policy/knob-declaration.ts';
import { type KnobName, knobNames, knobs } from '../policy/knobs.ts';
import { type Preset, presets } from '../policy/presets.ts';

/** The knobs and presets as a manual tells of them. */
export function policyView() {
  return {
    knobs: knobNames.map((name) => ({ name, ...knobView(knobs[name]), place: placeOf(name) })),
    presets: Object.entries(presets).map(([name, preset]) => ({ name, ...presetView(preset) })),
  };
}

function knobView(knob: KnobDeclaration) {
  return { summary: sentence(knob.summary), rule: ruleOf(knob), values: valueRows(knob) };
}

/** How values are written where they are more than one of a list. */
function ruleOf(knob: KnobDeclaration): string {
  switch (knob.kind) {
    case 'choice':
      return '';
    case 'set':
      return 'One of these, or a list of them:';
    case 'switch':
      return 'Either true or false, which is the default.';
    case 'version':
      return 'A version, such as "2.3.9"; or "" for none in particular, which is the default.';
    case 'program':
      return 'An absolute path, such as "/usr/local/sbin/sign-module"; or "" for none, which is the default.';
    case 'seconds':
      return `A number of seconds from ${knob.least} to ${knob.most}; ${knob.default} is the default.`;
  }
}

function valueRows(knob: KnobDeclaration) {
  if (!('values' in knob)) return [];
  const none = knob.kind === 'set' ? { none: 'none of these' } : {};
  const initial = knob.kind === 'set' && knob.default.length === 0 ? 'none' : knob.default;
  return Object.entries({ ...knob.values, ...none }).map(([value, meaning]) => ({
    value,
    meaning: sentence(meaning),
    isDefault: typeof initial === 'string' ? value === initial : initial.includes(value),
  }));
}

function placeOf(name: KnobName): string {
  const { of } = knobs[name];
  if (of === 'machine') return 'For the whole machine only.';
  if (of === 'both') return '';
  return sectionKnobs.version.includes(name) ? 'For modules only.' : 'For all versions of a module only.';
}

function presetView({ summary, values }: Preset) {
  const settings = Object.entries(values).map(([knob, value]) => `${knob} = ${tomlOf(value)}`);
  return { summary: sentence(summary), settings: settings.map((setting) => ({ setting })) };
}

function tomlOf(value: string | boolean | number | readonly string[]): string {
  return Array.isArray(value) && value.length === 0 ? '"none"' : JSON.stringify(value);
}
