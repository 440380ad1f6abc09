import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parsePolicyFile } from '../../../src/config/policy-file.ts';
import { knobs, laterKnobs } from '../../../src/policy/knobs.ts';

const file = '/etc/kmodsmith/policy.d/50-site.toml';
const parseText = (text: string) => parsePolicyFile({ file, text });

it('reads valid settings with their lines', () => {
  const text = '# ours\nrefresh = "always"\n\n  "failure"   = \'fail\' # loud\n';
  expect(parseText(text)).toEqual({
    settings: [
      { knob: 'refresh', value: 'always', file, line: 2 },
      { knob: 'failure', value: 'fail', file, line: 4 },
    ],
    problems: [],
  });
});

it('takes every value of every knob', () => {
  for (const [knob, values] of Object.entries(knobs)) {
    for (const value of values) {
      const parsed = parseText(`${knob} = "${value}"`);
      expect(parsed).toEqual({ settings: [{ knob, value, file, line: 1 }], problems: [] });
    }
  }
});

it.each([
  { text: 'refersh = "stale"', line: 1, key: 'refersh', nearest: '"refresh"' },
  { text: '\nRefresh_Scope = "installed"', line: 2, key: 'Refresh_Scope', nearest: '"refresh-scope"' },
  { text: 'failure = "fail"\nwehn = "immediate"', line: 2, key: 'wehn', nearest: '"when"' },
  { text: 'refresh = "stael"', line: 1, key: 'refresh', nearest: '"stale"' },
  { text: 'refresh = "ALWAYS"', line: 1, key: 'refresh', nearest: '"always"' },
  { text: 'when = ""', line: 1, key: 'when', nearest: '"immediate"' },
  { text: '[failures]\nx = 1', line: 1, key: 'failures', nearest: '"failure"' },
  { text: '__proto__ = "stale"', line: 1, key: '__proto__', nearest: 'nearest valid key' },
  { text: 'constructor = "stale"', line: 1, key: 'constructor', nearest: 'nearest valid key' },
])('names file, line, key and the nearest valid word: $text', ({ text, line, key, nearest }) => {
  const { problems } = parseText(text);
  expect(problems).toEqual([expect.objectContaining({ file, line, key })]);
  expect(problems[0]?.hint).toContain(nearest);
});

it.each(['true', '1', '["stale"]', '1979-05-27', '{ value = "stale" }', 'nan'])(
  'refuses a value that is no string: %s',
  (value) => {
    const { settings, problems } = parseText(`refresh = ${value}`);
    expect(settings).toEqual([]);
    expect(problems).toEqual([
      {
        file,
        line: 1,
        key: 'refresh',
        message: expect.stringContaining('invalid value'),
        hint: 'It must be one of these strings: "stale", "never", "always".',
      },
    ]);
  },
);

it('keeps what is valid besides what is not', () => {
  const { settings, problems } = parseText('refresh = "alwys"\nfailure = "fail"\nfoo = 1\n');
  expect(settings).toEqual([{ knob: 'failure', value: 'fail', file, line: 2 }]);
  expect(problems.map(({ line, key }) => [line, key])).toEqual([
    [1, 'refresh'],
    [3, 'foo'],
  ]);
});

it.each(laterKnobs)('says that %s belongs to a later version', (key) => {
  expect(parseText(`\n${key} = "x"`).problems).toEqual([
    expect.objectContaining({
      file,
      line: 2,
      key,
      message: expect.stringContaining('not supported by this version'),
    }),
  ]);
});

it.each([
  { text: 'refresh = "stale"\n[module."zfs"]\nrefresh = "never"', line: 2, key: 'module.zfs' },
  { text: '\n[module."zfs/2.3.9"]\ncritical = true', line: 2, key: 'module.zfs/2.3.9' },
  { text: 'module.zfs.refresh = "never"', line: 1, key: 'module.zfs' },
  { text: '[module]\nzfs.refresh = "never"', line: 1, key: 'module.zfs' },
  { text: '[module]', line: 1, key: 'module' },
  { text: 'module = 1', line: 1, key: 'module' },
  { text: '[[module]]\na = 1', line: 1, key: 'module' },
])('refuses sections for one module: $text', ({ text, line, key }) => {
  const { problems } = parseText(text);
  expect(problems).toEqual([
    expect.objectContaining({
      file,
      line,
      key,
      message: expect.stringContaining('not supported by this version'),
    }),
  ]);
});

it('reports each section for a module', () => {
  const { problems } = parseText('[module.zfs]\na = 1\n[module.nvidia]\nb = 2\n');
  expect(problems.map(({ line, key }) => [line, key])).toEqual([
    [1, 'module.zfs'],
    [3, 'module.nvidia'],
  ]);
});

it.each([
  { text: 'refresh = "stale"\nrefresh = "never"', line: 2 },
  { text: '\n\nrefresh = stale', line: 3 },
  { text: 'refresh "stale"', line: 1 },
])('reports a syntax error with its line, and takes nothing of the file: $text', ({ text, line }) => {
  const { settings, problems } = parseText(text);
  expect(settings).toEqual([]);
  expect(problems).toEqual([expect.objectContaining({ file, line, hint: expect.stringContaining('TOML') })]);
  expect(problems[0]?.message).not.toContain('\n');
});

it('says nothing about an empty file or one of comments', () => {
  for (const text of ['', '\n', '# refresh = "nonsense"\n']) {
    expect(parseText(text)).toEqual({ settings: [], problems: [] });
  }
});

it('never throws', () => {
  const word = fc.constantFrom(
    'refresh',
    'module',
    'zfs',
    'sign',
    '=',
    '"',
    "'''",
    '"""',
    '[',
    ']',
    '.',
    '\n',
    ' ',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word).map((words) => words.join('')),
  );
  fc.assert(
    fc.property(text, (content) => {
      const { settings, problems } = parseText(content);
      expect(problems.every((problem) => problem.file === file)).toBe(true);
      expect(settings.length + problems.length).toBeGreaterThanOrEqual(0);
    }),
  );
});

it('shortens a value that would fill the screen', () => {
  expect(parseText(`refresh = "${'x'.repeat(10_000)}"`).problems[0]?.message.length).toBeLessThan(100);
});
