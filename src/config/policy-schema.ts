import { moduleWord, programPath } from '../formats/release-words.ts';
import { sentence } from '../formats/sentence.ts';
import type { KnobDeclaration } from '../policy/knob-declaration.ts';
import { defaultPolicy, type KnobName, knobNames, knobs } from '../policy/knobs.ts';
import { presets } from '../policy/presets.ts';
import { type SectionKind, sectionKnobs } from './policy-keys.ts';

/** A JSON Schema or a part of one: https://json-schema.org/draft/2020-12 */
type Schema = Readonly<Record<string, unknown>>;

/** What a policy file may say, for editors and validators: TOML as JSON. Whatever it takes, the parser takes, and nothing else. */
export function policySchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Policy of kmodsmith',
    description: 'A file in /etc/kmodsmith/policy.d or /usr/lib/kmodsmith/policy.d, which is TOML.',
    ...tableSchema({ preset: presetSchema(), ...references('machine'), module: modulesSchema() }),
    $defs: Object.fromEntries(knobNames.map((name) => [name, knobSchema(name)])),
  };
}

function tableSchema(properties: Schema): Schema {
  return { type: 'object', properties, additionalProperties: false };
}

function references(kind: SectionKind): Schema {
  return Object.fromEntries(sectionKnobs[kind].map((name) => [name, referTo(name, kind)]));
}

/** What a module has otherwise depends on the machine, and a version on its module. */
function referTo(name: KnobName, kind: SectionKind): Schema {
  const isInherited = kind === 'version' || (kind === 'module' && knobs[name].of === 'both');
  return { $ref: `#/$defs/${name}`, ...(!isInherited && { default: defaultPolicy[name] }) };
}

function presetSchema(): Schema {
  const summaries = Object.entries(presets).map(([name, { summary }]) => [name, summary]);
  return {
    description: 'A named set of values. Each counts where no file says anything of the knob.',
    default: 'default',
    ...choiceSchema(Object.fromEntries(summaries)),
  };
}

function modulesSchema(): Schema {
  return {
    description:
      'What one module, or one version of it, has of its own: [module."name"], [module."name/version"].',
    type: 'object',
    patternProperties: {
      [`^${moduleWord}$`]: tableSchema(references('module')),
      [`^${moduleWord}/${moduleWord}$`]: tableSchema(references('version')),
    },
    additionalProperties: false,
  };
}

function knobSchema(name: KnobName): Schema {
  return { description: sentence(knobs[name].summary), ...valueSchema(knobs[name]) };
}

function valueSchema(knob: KnobDeclaration): Schema {
  switch (knob.kind) {
    case 'choice':
      return choiceSchema(knob.values);
    case 'set': {
      const item = choiceSchema(knob.values);
      return {
        anyOf: [{ const: 'none', description: 'The empty set.' }, item, { type: 'array', items: item }],
      };
    }
    case 'switch':
      return { type: 'boolean' };
    case 'version':
      return { type: 'string', pattern: `^(?:${moduleWord})?$` };
    case 'program':
      return { type: 'string', pattern: `^(?:${programPath})?$` };
    case 'seconds':
      return { type: 'integer', minimum: knob.least, maximum: knob.most };
  }
}

function choiceSchema(meanings: Readonly<Record<string, string>>): Schema {
  const choices = Object.entries(meanings);
  return { oneOf: choices.map(([value, meaning]) => ({ const: value, description: sentence(meaning) })) };
}
