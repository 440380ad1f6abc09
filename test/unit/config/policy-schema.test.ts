import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { parsePolicyFile } from '../../../src/config/policy-file.ts';
import { policySchema } from '../../../src/config/policy-schema.ts';
import type { KnobDeclaration } from '../../../src/policy/knob-declaration.ts';
import { knobNames, knobs } from '../../../src/policy/knobs.ts';
import { presetNames } from '../../../src/policy/presets.ts';
import { policyDocument } from './policy-documents.ts';

// Strict: a keyword that the validator does not know is an error, and so is a schema that contradicts itself.
const validate = new Ajv2020({ strict: true }).compile(policySchema());

/** As tools for TOML hand a document to a validator: as JSON, which has no dates and no own kind of table. */
const isValid = (text: string) => validate(JSON.parse(JSON.stringify(parse(text))));
const isTaken = (text: string) => parsePolicyFile({ file: 'a.toml', text }).problems.length === 0;

const good = [
  '',
  ...presetNames.map((preset) => `preset = "${preset}"`),
  ...knobNames.flatMap((name) => {
    const declared: KnobDeclaration = knobs[name];
    const words = 'values' in declared ? Object.keys(declared.values) : [];
    return words.map((word) => `${name} = "${word}"\n[module.a]\nfailure = "warn"`);
  }),
  'autoinstall-applies-to = "none"',
  'autoinstall-applies-to = []',
  'force = ["rebuild", "ignore-version", "rebuild"]',
  '[module.zfs]\ncritical = true\npin = "2.3.9"\nforce = "none"',
  '[module.zfs]\npin = ""',
  'sign-command = "/opt/sign"\nsign-timeout = 60',
  '[module.zfs]\nsign-command = ""',
  '[module."zfs/2.3.9"]\ncritical = false\nforce = ["rebuild"]',
  '[module.a]\n[module."+.b"]\n[module."a/..."]\n[module.__proto__]',
  `[module.${'x'.repeat(255)}]`,
];

const bad = [
  'preset = "debain"',
  'preset = true',
  'refersh = "never"',
  'refresh = "nevr"',
  'refresh = ["never"]',
  'refresh = 1979-05-27',
  'refresh = { }',
  'force = ["none"]',
  'force = [["rebuild"]]',
  'force = true',
  'critical = true',
  'sign-command = "sign"',
  'sign-command = "/opt/"',
  'sign-command = "/opt/\\n"',
  'sign-timeout = 0',
  'sign-timeout = 1.5',
  'sign-timeout = "60"',
  'pin = "1"',
  'constructor = "never"',
  '__proto__ = "never"',
  'toString = "never"',
  'module = "zfs"',
  '[[module]]',
  'module = 1979-05-27',
  'module.zfs = 1',
  '[modules.zfs]',
  '[module.zfs.x]',
  '[module.zfs]\ncritical = "yes"',
  '[module.zfs]\npin = "a/b"',
  '[module.zfs]\npin = ".."',
  '[module.zfs]\npin = 2',
  '[module.zfs]\nwhen = "immediate"',
  '[module.zfs]\npreset = "debian"',
  '[module.zfs]\n__proto__ = 1',
  '[module."zfs/2.3.9"]\npin = "2.3.9"',
  ...['', '.', '..', '-x', 'a b', 'a/', '/1', 'a/b/c', './1', 'a/..', 'a\\n', 'ä'].map(
    (label) => `[module."${label}"]`,
  ),
  `[module.${'x'.repeat(256)}]`,
];

describe('a policy file is as valid by its schema as by the parser', () => {
  it.each(good)('valid: %j', (text) => {
    expect([isTaken(text), isValid(text), validate.errors]).toEqual([true, true, null]);
  });

  it.each(bad)('invalid: %j', (text) => {
    expect([isTaken(text), isValid(text)]).toEqual([false, false]);
  });

  it('whatever it says', () => {
    let valid = 0;
    fc.assert(
      fc.property(policyDocument, (document) => {
        const text = stringify(document);
        expect(isValid(text)).toBe(isTaken(text));
        if (isTaken(text)) valid += 1;
      }),
      { numRuns: 2000 },
    );

    expect(valid).toBeGreaterThan(100);
  });

  it('one assignment at a time', () => {
    const assignment = fc.tuple(fc.constantFrom('', '[module.a]', '[module."a/1"]'), policyDocument);
    fc.assert(
      fc.property(assignment, ([header, document]) => {
        for (const [key, value] of Object.entries(document)) {
          const text = `${header}\n${stringify({ [key]: value })}`;
          // What opens a section of its own is not in the one of the header.
          if (header !== '' && /^\[/m.test(text.slice(header.length))) continue;
          expect([text, isValid(text)]).toEqual([text, isTaken(text)]);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

it('tells what each knob and each value is for', () => {
  const { $defs } = policySchema() as { $defs: Record<string, { description: string }> };
  expect(Object.keys($defs)).toEqual(knobNames);
  const text = JSON.stringify(policySchema());
  for (const name of knobNames) {
    const declared: KnobDeclaration = knobs[name];
    expect($defs[name]?.description).toMatch(/^[A-Z].*\.$/);
    for (const value of Object.keys('values' in declared ? declared.values : {}))
      expect(text).toContain(`{"const":"${value}","description":"`);
  }
});
