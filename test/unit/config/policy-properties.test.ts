import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { expect, it } from 'vitest';
import { mergePolicy } from '../../../src/config/merge-policy.ts';
import { parsePolicyFile } from '../../../src/config/policy-file.ts';
import { kindOfLabel } from '../../../src/config/policy-keys.ts';
import type { KnobDeclaration } from '../../../src/policy/knob-declaration.ts';
import { type KnobName, knobNames, knobs } from '../../../src/policy/knobs.ts';
import { policyFor } from '../../../src/policy/policies.ts';
import { policyDocument } from './policy-documents.ts';

const file = 'a.toml';

/** As the declaration says, and nothing else. */
function isDeclared(knob: KnobName, value: unknown): boolean {
  const declared: KnobDeclaration = knobs[knob];
  switch (declared.kind) {
    case 'choice':
      return typeof value === 'string' && Object.keys(declared.values).includes(value);
    case 'set': {
      const items = Object.keys(declared.values);
      return (
        Array.isArray(value) &&
        JSON.stringify(value) === JSON.stringify(items.filter((item) => value.includes(item)))
      );
    }
    case 'switch':
      return typeof value === 'boolean';
    case 'program':
      return typeof value === 'string' && /^(\/[^\p{Cc}]*(?<!\/))?$/u.test(value);
    case 'seconds':
      return typeof value === 'number' && value >= declared.least && value <= declared.most;
    case 'version':
      return typeof value === 'string' && /^([A-Za-z0-9+~:._^@,=][A-Za-z0-9+~:._^@,=-]*)?$/.test(value);
  }
}

it('takes from whatever document only values that are declared', () => {
  fc.assert(
    fc.property(policyDocument, (document) => {
      const parsed = parsePolicyFile({ file, text: stringify(document) });
      const { policies, sources } = mergePolicy([parsed]);
      expect(Object.keys(policies.base)).toEqual(knobNames);
      for (const label of ['', ...Object.keys(policies.modules)]) {
        const [name = '', version = '1'] = label.split('/');
        for (const [knob, value] of Object.entries(policyFor(policies, { name, version })))
          expect([knob, value, isDeclared(knob as KnobName, value)]).toEqual([knob, value, true]);
      }
      for (const [label, own] of Object.entries(policies.modules))
        expect(Object.keys(sources.modules[label] ?? {})).toEqual(Object.keys(own));
    }),
    { numRuns: 500 },
  );
});

it('finds one thing to say of each assignment, with its line', () => {
  fc.assert(
    fc.property(policyDocument, (document) => {
      const { settings, presets, problems } = parsePolicyFile({ file, text: stringify(document) });
      const found = [...settings, ...presets, ...problems];
      expect(found.length).toBe(countAssignments(document));
      for (const place of found) {
        expect(place.file).toBe(file);
        expect(place.line).toBeGreaterThan(0);
      }
    }),
  );
});

/** What names no module, or is no section, counts once. */
function countAssignments({ module = {}, ...others }: Record<string, unknown>): number {
  const sections = isTable(module) ? Object.entries(module) : [['', module] as const];
  const counts = sections.map(([label, section]) =>
    isTable(section) && kindOfLabel(label) !== undefined ? Object.keys(section).length : 1,
  );
  return counts.reduce((sum, count) => sum + count, Object.keys(others).length);
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

it('never throws, whatever the text', () => {
  const word = fc.constantFrom(
    ...[
      'refresh',
      'module',
      'zfs',
      '"zfs/1"',
      'preset',
      'force',
      '"never"',
      '"none"',
      'true',
      '=',
      '"',
      "'''",
    ],
    ...['"""', '[', ']', '{', '}', ',', '.', '\n', ' ', '#', '\\', '\u2028', '__proto__'],
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word).map((words) => words.join('')),
  );
  fc.assert(
    fc.property(text, (content) => {
      const { problems } = parsePolicyFile({ file, text: content });
      for (const problem of problems) {
        expect(problem.file).toBe(file);
        expect(problem.message).toMatch(/^\P{Cc}+$/u);
        expect(problem.key ?? '').toMatch(/^\P{Cc}*$/u);
      }
    }),
    { numRuns: 500 },
  );
});
