import { describe, expect, it } from 'vitest';
import { parsePolicyFile } from '../../../src/config/policy-file.ts';
import { sectionKnobs } from '../../../src/config/policy-keys.ts';
import type { KnobDeclaration } from '../../../src/policy/knob-declaration.ts';
import { defaultPolicy, knobNames, knobs } from '../../../src/policy/knobs.ts';
import { presets } from '../../../src/policy/presets.ts';
import { renderPage } from '../../../src/reference/manual.ts';
import { policyView } from '../../../src/reference/policy-section.ts';

const view = policyView();

describe.each(view.knobs)('$name', ({ name, summary, values, place }) => {
  const declared: KnobDeclaration = knobs[name];

  it('is told of in sentences', () => {
    for (const text of [summary, ...values.map(({ meaning }) => meaning)])
      expect(text).toMatch(/^[A-Z].*\.$/);
  });

  it('has every value, the defaults marked', () => {
    const words = 'values' in declared ? Object.keys(declared.values) : [];
    const none = declared.kind === 'set' ? ['none'] : [];
    expect(values.map(({ value }) => value)).toEqual([...words, ...none]);
    const marked = values.filter(({ isDefault }) => isDefault).map(({ value }) => value);
    const initial = [defaultPolicy[name]].flat();
    if (words.length > 0) expect(marked).toEqual(initial.length === 0 ? ['none'] : initial);
  });

  it('says where it may not be set', () => {
    const places = (['machine', 'module', 'version'] as const).filter((kind) =>
      sectionKnobs[kind].includes(name),
    );
    const rules: Record<string, string[]> = {
      '': ['machine', 'module', 'version'],
      'For the whole machine only.': ['machine'],
      'For modules only.': ['module', 'version'],
      'For all versions of a module only.': ['module'],
    };
    expect(rules[place]).toEqual(places);
  });
});

it('has every knob and every preset, which change what they say', () => {
  expect(view.knobs.map(({ name }) => name)).toEqual(knobNames);
  expect(view.presets.map(({ name }) => name)).toEqual(Object.keys(presets));
  for (const { name, settings } of view.presets) {
    const text = settings.map(({ setting }) => setting).join('\n');
    const parsed = parsePolicyFile({ file: name, text });
    expect(parsed.problems).toEqual([]);
    const values = Object.fromEntries(parsed.settings.map(({ knob, value }) => [knob, value]));
    expect(values).toEqual(presets[name as keyof typeof presets].values);
  }
});

it('is in the manual, with an example that is valid', () => {
  const page = renderPage('kmodsmith.8');
  const [, example = ''] = /^\.SH POLICY\n[\s\S]*?^\.EX\n([\s\S]*?)^\.EE/m.exec(page) ?? [];
  const { settings, presets: named, problems } = parsePolicyFile({ file: 'example', text: example });
  expect(problems).toEqual([]);
  expect(named).toHaveLength(1);
  expect(settings.map(({ module }) => module)).toEqual([undefined, 'zfs', 'zfs/2.3.9']);
  for (const name of [...knobNames, ...Object.keys(presets)])
    expect(page).toContain(`\n.TP\n.B ${name.replaceAll('-', '\\-')}\n`);
});
