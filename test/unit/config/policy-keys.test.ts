import { describe, expect, it } from 'vitest';
import { emptyPolicyFile, parsePolicyFile } from '../../../src/config/policy-file.ts';
import { sectionKnobs } from '../../../src/config/policy-keys.ts';
import { defaultPolicy, type KnobName, knobNames } from '../../../src/policy/knobs.ts';

const file = 'site.toml';
const parseText = (text: string) => parsePolicyFile({ file, text });
const defaultText = (knob: KnobName) => JSON.stringify(defaultPolicy[knob]);

const places = [
  { section: 'machine', header: '', prefix: '' },
  { section: 'module', header: '[module.zfs]', prefix: 'module.zfs.' },
  { section: 'version', header: '[module."zfs/2.3.9"]', prefix: 'module."zfs/2.3.9".' },
] as const;

describe.each(places)('in the section of a $section', ({ section, header, prefix }) => {
  const label = { machine: {}, module: { module: 'zfs' }, version: { module: 'zfs/2.3.9' } }[section];

  it.each(sectionKnobs[section])('%s may stand', (knob) => {
    expect(parseText(`${header}\n${knob} = ${defaultText(knob)}`)).toEqual({
      ...emptyPolicyFile,
      settings: [{ ...label, knob, value: defaultPolicy[knob], file, line: 2 }],
    });
  });

  it.each(knobNames.filter((knob) => !sectionKnobs[section].includes(knob)))('%s may not', (knob) => {
    const { settings, problems } = parseText(`${header}\n${knob} = ${defaultText(knob)}`);
    expect(settings).toEqual([]);
    expect(problems).toEqual([
      {
        ...{ file, line: 2, key: `${prefix}${knob}` },
        message: expect.stringMatching(/^for .* only$/),
        hint: expect.stringMatching(/^Write it /),
      },
    ]);
  });

  it.each([
    { key: 'refersh', nearest: 'refresh' },
    { key: 'Refresh_Scope', nearest: 'refresh-scope' },
    { key: 'falure', nearest: 'failure' },
    { key: '"forc\\u0065d"', nearest: 'force' },
    { key: '__proto__', nearest: '' },
    { key: 'constructor', nearest: '' },
    { key: 'toString', nearest: '' },
    { key: 'hasOwnProperty', nearest: '' },
    { key: '""', nearest: '' },
  ])('$key is unknown, and the nearest key is named', ({ key, nearest }) => {
    const { settings, problems } = parseText(`${header}\n${key} = "stale"`);
    expect(settings).toEqual([]);
    expect(problems).toEqual([
      {
        ...{ file, line: 2, key: `${prefix}${key.replace('\\u0065', 'e').replace('"forced"', 'forced')}` },
        message: 'unknown key',
        hint: expect.stringContaining(`The nearest valid key is "${nearest}`),
      },
    ]);
  });

  it('offers no key that it does not take', () => {
    const [problem] = parseText(`${header}\nx = 1`).problems;
    const [, offered = ''] = /Valid keys: (.*)\.$/.exec(problem?.hint ?? '') ?? [];
    const keys = offered.split(', ').filter((key) => key !== 'preset' && key !== 'module');
    expect(keys).toEqual(sectionKnobs[section]);
    expect(offered.includes('preset')).toBe(section === 'machine');
  });
});

it('has the machine name a preset, not a module', () => {
  expect(parseText('[module.a]\npreset = "debian"')).toMatchObject({
    ...emptyPolicyFile,
    problems: [{ line: 2, key: 'module.a.preset', message: 'for the whole machine only' }],
  });
});

it.each([
  { text: '[failures]\nx = 1', line: 1, key: 'failures' },
  { text: '\n[modul.zfs]\npin = "1"', line: 2, key: 'modul' },
  { text: '[__proto__]\nrefresh = "never"', line: 1, key: '__proto__' },
  { text: '[constructor]\nrefresh = "never"', line: 1, key: 'constructor' },
  { text: '\nrefersh.x = 1', line: 2, key: 'refersh' },
  { text: '[module.zfs]\n[module.zfs.2-3]\npin = "1"', line: 2, key: 'module.zfs.2-3' },
  { text: '[module.zfs."2.3.9"]\nforce = "none"', line: 1, key: 'module.zfs."2.3.9"' },
  { text: 'module.zfs.__proto__.pin = "1"', line: 1, key: 'module.zfs.__proto__' },
])('says which sections there are: $text', ({ text, line, key }) => {
  const { settings, problems } = parseText(text);
  expect(settings).toEqual([]);
  expect(problems).toEqual([
    { file, line, key, message: 'unknown section', hint: expect.stringContaining('[module."name/version"]') },
  ]);
});

it.each([
  { text: 'module = 1', key: 'module', value: '1' },
  { text: 'module = "zfs"', key: 'module', value: '"zfs"' },
  { text: '[[module]]\npin = "1"', key: 'module', value: '(a list)' },
  { text: 'module.zfs = true', key: 'module.zfs', value: 'true' },
  { text: '[[module."zfs/1"]]\npin = "1"', key: 'module."zfs/1"', value: '(a list)' },
  { text: 'module.__proto__ = 1', key: 'module.__proto__', value: '1' },
  { text: 'module."../x" = 1979-05-27', key: 'module."../x"', value: '1979-05-27' },
])('wants sections for modules: $text', ({ text, key, value }) => {
  expect(parseText(text)).toEqual({
    ...emptyPolicyFile,
    problems: [
      {
        ...{ file, line: 1, key },
        message: `invalid value ${value}`,
        hint: expect.stringContaining('[module."name"]'),
      },
    ],
  });
});

it.each([
  { label: '' },
  { label: '..' },
  { label: '-x', written: '-x' },
  { label: 'a b' },
  { label: 'a/' },
  { label: '/1' },
  { label: 'a/b/c' },
  { label: 'a/..' },
  { label: 'a\n' },
  { label: '\u001b[31m' },
  { label: 'ä' },
  { label: 'x'.repeat(256), written: `${'x'.repeat(60)}…` },
  { label: `a/${'1'.repeat(256)}`, written: `"a/${'1'.repeat(57)}…` },
])('$label names no module', ({ label, written = JSON.stringify(label) }) => {
  const { settings, problems } = parseText(`[module.${JSON.stringify(label)}]\nrefresh = "never"\nx = 1`);
  expect(settings).toEqual([]);
  expect(problems).toEqual([
    {
      ...{ file, line: 1, key: `module.${written}` },
      message: 'not the name of a module',
      hint: expect.stringContaining('[module."name"]'),
    },
  ]);
});

it.each([
  { text: '[module."zfs"]\npin = "2.3.9"', module: 'zfs', line: 2 },
  { text: '[module.\'zfs\']\npin = "2.3.9"', module: 'zfs', line: 2 },
  { text: 'module.zfs.pin = "2.3.9"', module: 'zfs', line: 1 },
  { text: '[module]\nzfs.pin = "2.3.9"', module: 'zfs', line: 2 },
  { text: '[module]\n\nzfs = { pin = "2.3.9" }', module: 'zfs', line: 3 },
  { text: '[module.zfs]\n# one\n"p\\u0069n" = "2.3.9"', module: 'zfs', line: 3 },
  { text: '[module.__proto__]\npin = "2.3.9"', module: '__proto__', line: 2 },
  { text: '[module.constructor]\npin = "2.3.9"', module: 'constructor', line: 2 },
  { text: '[module."a.b+c~1"]\npin = "2.3.9"', module: 'a.b+c~1', line: 2 },
])('takes every spelling of a section: $text', ({ text, module, line }) => {
  expect(parseText(text)).toEqual({
    ...emptyPolicyFile,
    settings: [{ module, knob: 'pin', value: '2.3.9', file, line }],
  });
});
