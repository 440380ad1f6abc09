import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { policySchema } from '../../src/config/policy-schema.ts';
import type { KnobDeclaration } from '../../src/policy/knob-declaration.ts';
import { defaultPolicy, knobNames, knobs } from '../../src/policy/knobs.ts';
import { presetNames } from '../../src/policy/presets.ts';

const docs = join(import.meta.dirname, '../../docs');

it('docs/policy.schema.json is what kmodsmith policy schema prints', async () => {
  const schema = `${JSON.stringify(policySchema(), null, 2)}\n`;
  await expect(schema).toMatchFileSnapshot(join(docs, 'policy.schema.json'));
});

describe('the table in docs/policy.md', () => {
  const [, section = ''] = readFileSync(join(docs, 'policy.md'), 'utf8').split(/^## /m).slice(1);
  const rows = new Map(
    [...section.matchAll(/^\| `([a-z-]+)` \| (.*?) \|/gm)].map(([, name = '', values = '']) => [
      name,
      values,
    ]),
  );

  it('has the knobs that there are', () => {
    expect([...rows.keys()].toSorted()).toEqual([...knobNames].toSorted());
  });

  it.each(knobNames)('has the values of %s, the default in bold', (name) => {
    const declared: KnobDeclaration = knobs[name];
    const written = rows.get(name) ?? '';
    for (const value of Object.keys('values' in declared ? declared.values : {}))
      expect(written).toContain(value);
    const initial = [defaultPolicy[name]].flat().join(', ') || (declared.kind === 'set' ? 'none' : '""');
    expect(/\*\*(.*?)\*\*/.exec(written)?.[1]).toBe(initial);
  });

  it('is followed by every preset', () => {
    for (const name of presetNames) expect(section).toContain(`\`${name}\``);
  });
});
