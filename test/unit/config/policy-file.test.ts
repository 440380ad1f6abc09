import { describe, expect, it } from 'vitest';
import { emptyPolicyFile, parsePolicyFile } from '../../../src/config/policy-file.ts';
import type { KnobDeclaration } from '../../../src/policy/knob-declaration.ts';
import { type KnobName, knobNames, knobs } from '../../../src/policy/knobs.ts';
import { presetNames } from '../../../src/policy/presets.ts';

const file = '/etc/kmodsmith/policy.d/50-site.toml';
const parseText = (text: string) => parsePolicyFile({ file, text });
const valuesOf = (knob: KnobName) => {
  const declared: KnobDeclaration = knobs[knob];
  return 'values' in declared ? Object.keys(declared.values) : [];
};
const ofKind = (kind: KnobDeclaration['kind']) => knobNames.filter((name) => knobs[name].kind === kind);
/** Everything may be written into a section for a module, but for what is the machine's. */
const sectionOf = (knob: KnobName) => (knobs[knob].of === 'module' ? '[module.a]' : '# no section');

it('reads valid settings with their lines', () => {
  const text = '# ours\nrefresh = "always"\n\n  "failure"   = \'fail\' # loud\n';
  expect(parseText(text)).toEqual({
    ...emptyPolicyFile,
    settings: [
      { knob: 'refresh', value: 'always', file, line: 2 },
      { knob: 'failure', value: 'fail', file, line: 4 },
    ],
  });
});

describe('values', () => {
  const choices = ofKind('choice').flatMap((knob) => valuesOf(knob).map((value) => ({ knob, value })));
  const items = ofKind('set').flatMap((knob) => valuesOf(knob).map((value) => ({ knob, value: [value] })));
  const sets = ofKind('set').flatMap((knob) => [
    { knob, text: '"none"', value: [] },
    { knob, text: '[]', value: [] },
    { knob, text: JSON.stringify(valuesOf(knob)), value: valuesOf(knob) },
    { knob, text: JSON.stringify(valuesOf(knob).toReversed()), value: valuesOf(knob) },
    {
      knob,
      text: JSON.stringify([...valuesOf(knob).toReversed(), ...valuesOf(knob)]),
      value: valuesOf(knob),
    },
  ]);

  it.each([
    ...choices.map((row) => ({ ...row, text: `"${row.value}"` })),
    ...items.map((row) => ({ ...row, text: `"${row.value}"` })),
    ...items.map((row) => ({ ...row, text: `["${row.value}"]` })),
    ...sets,
    ...ofKind('switch').flatMap((knob) => [
      { knob, text: 'true', value: true },
      { knob, text: 'false', value: false },
    ]),
    ...ofKind('version').flatMap((knob) => [
      { knob, text: '"2.3.9-1~rc1"', value: '2.3.9-1~rc1' },
      { knob, text: "'1'", value: '1' },
      { knob, text: '""', value: '' },
    ]),
    ...ofKind('program').flatMap((knob) => [
      { knob, text: '"/opt/sign module"', value: '/opt/sign module' },
      { knob, text: '""', value: '' },
    ]),
    ...ofKind('seconds').flatMap((knob) => [
      { knob, text: '1', value: 1 },
      { knob, text: '86_400', value: 86_400 },
    ]),
  ])('$knob = $text is taken', ({ knob, text, value }) => {
    const { settings, problems } = parseText(`${sectionOf(knob)}\n${knob} = ${text}`);
    expect(problems).toEqual([]);
    expect(settings).toMatchObject([{ knob, value, line: 2 }]);
  });

  it('take up every kind of knob', () => {
    const kinds = [...choices, ...sets].map(({ knob }) => knobs[knob].kind);
    expect(new Set([...kinds, 'switch', 'version', 'program', 'seconds'])).toEqual(
      new Set(knobNames.map((name) => knobs[name].kind)),
    );
  });

  const strings = 'It must be one of these strings: "never", "stale", "always".';
  const list =
    'It must be a list of these strings: "rebuild", "ignore-version", "ignore-dependencies"; or "none" by itself.';
  const version = 'It must be the version of a module, such as "2.3.9"; or "", for none in particular.';
  const program = 'It must be the absolute path of a program, such as "/usr/local/sbin/sign-module"';
  const seconds = 'It must be a number of seconds from 1 to 86400, without quotes.';
  it.each([
    { key: 'sign-command', text: '"sign-module"', hint: program },
    { key: 'sign-command', text: '"./sign"', hint: program },
    { key: 'sign-command', text: '"/opt/"', hint: program },
    { key: 'sign-command', text: 'true', hint: program },
    { key: 'sign-timeout', text: '"300"', hint: seconds },
    { key: 'sign-timeout', text: '0', hint: seconds },
    { key: 'sign-timeout', text: '1.5', hint: seconds },
    { key: 'sign-timeout', text: '86401', hint: seconds },
    { key: 'refresh', text: '"stael"', hint: 'The nearest valid value is "stale".' },
    { key: 'refresh', text: '"ALWAYS"', hint: 'The nearest valid value is "always".' },
    { key: 'when', text: '""', hint: 'The nearest valid value is "immediate".' },
    { key: 'refresh', text: '"constructor"', hint: 'The nearest valid value is ' },
    { key: 'refresh', text: '"__proto__"', hint: 'The nearest valid value is ' },
    { key: 'refresh', text: 'true', hint: strings },
    { key: 'refresh', text: '1', hint: strings },
    { key: 'refresh', text: 'nan', shown: 'NaN', hint: strings },
    { key: 'refresh', text: '["stale"]', shown: '["stale"]', hint: strings },
    { key: 'refresh', text: '1979-05-27', hint: strings },
    { key: 'refresh', text: '{ value = "stale" }', shown: '(a section)', hint: strings },
    { key: 'force', text: '"rebiuld"', hint: 'The nearest valid value is "rebuild".' },
    { key: 'force', text: '["rebuild", "non"]', shown: '["rebuild","non"]', hint: '"none". Valid values: ' },
    { key: 'force', text: '["none"]', hint: list },
    { key: 'force', text: '["none", "rebuild"]', shown: '["none","rebuild"]', hint: list },
    { key: 'force', text: 'true', hint: list },
    { key: 'force', text: '[1]', hint: list },
    { key: 'force', text: '[["rebuild"]]', shown: '(a list)', hint: list },
    { key: 'force', text: '[{ rebuild = true }]', shown: '(a list)', hint: list },
    { key: 'critical', section: true, text: '"yes"', hint: 'It must be true or false.' },
    { key: 'critical', section: true, text: '1', hint: 'It must be true or false.' },
    { key: 'pin', section: true, text: '2', hint: version },
    { key: 'pin', section: true, text: '"../x"', hint: version },
    { key: 'pin', section: true, text: '["1"]', hint: version },
  ])('$key = $text is refused', ({ key, text, shown = text, section = false, hint }) => {
    const { settings, problems } = parseText(`${section ? '[module.a]' : ''}\n${key} = ${text}`);
    expect(settings).toEqual([]);
    expect(problems).toEqual([
      {
        ...{ file, line: 2, key: section ? `module.a.${key}` : key },
        message: `invalid value ${shown}`,
        hint: expect.stringContaining(hint),
      },
    ]);
  });

  it('that would fill the screen are shortened', () => {
    const [problem] = parseText(`refresh = "${'x'.repeat(10_000)}"`).problems;
    expect(problem?.message).toBe(`invalid value "${'x'.repeat(59)}…`);
    const [other] = parseText(`${'x'.repeat(10_000)} = 1`).problems;
    expect(other?.key).toBe(`${'x'.repeat(60)}…`);
  });
});

describe('presets', () => {
  it.each(presetNames)('%s is one', (preset) => {
    expect(parseText(`\npreset = "${preset}"`)).toEqual({
      ...emptyPolicyFile,
      presets: [{ preset, file, line: 2 }],
    });
  });

  it.each([
    {
      text: '"debain"',
      hint: `The nearest valid preset is "debian". Valid presets: ${presetNames.join(', ')}.`,
    },
    { text: '"constructor"', hint: 'The nearest valid preset is ' },
    { text: '["debian"]', hint: 'It must be one of these strings: "default", "debian", ' },
    { text: 'true', hint: 'It must be one of these strings: ' },
  ])('preset = $text is none', ({ text, hint }) => {
    expect(parseText(`preset = ${text}`)).toEqual({
      ...emptyPolicyFile,
      problems: [
        {
          file,
          line: 1,
          key: 'preset',
          message: `invalid value ${text}`,
          hint: expect.stringContaining(hint),
        },
      ],
    });
  });
});

it('keeps what is valid besides what is not', () => {
  const { settings, problems } = parseText(
    'refresh = "alwys"\nfailure = "fail"\nfoo = 1\n[module.a]\nx = 1\npin = "1"\n[module.""]\npin = "1"',
  );
  expect(settings.map(({ line, knob }) => [line, knob])).toEqual([
    [2, 'failure'],
    [6, 'pin'],
  ]);
  expect(problems.map(({ line, key }) => [line, key])).toEqual([
    [1, 'refresh'],
    [3, 'foo'],
    [5, 'module.a.x'],
    [7, 'module.""'],
  ]);
});

it.each([
  { text: 'refresh = "stale"\nrefresh = "never"', line: 2 },
  { text: '[module.a]\n[module.a]', line: 2 },
  { text: '[module.zfs/2.3.9]', line: 1 },
  { text: '\n\nrefresh = stale', line: 3 },
  { text: 'refresh "stale"', line: 1 },
  { text: 'refresh = "never"\nforce = ["rebuild"', line: 2 },
])('reports a syntax error with its line, and takes nothing of the file: $text', ({ text, line }) => {
  const { problems, ...rest } = parseText(text);
  expect(rest).toEqual({ settings: [], presets: [] });
  expect(problems).toEqual([
    {
      ...{ file, line },
      message: expect.stringMatching(/^Invalid TOML document: [^\n]+$/),
      hint: expect.stringContaining('TOML'),
    },
  ]);
});

it.each(['', '\n', '# refresh = "nonsense"\n', '[module]', '[module.zfs]', '\ufeff'])(
  'finds nothing in %j',
  (text) => {
    expect(parseText(text)).toEqual(emptyPolicyFile);
  },
);
