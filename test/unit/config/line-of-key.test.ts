import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { linesOfKeys } from '../../../src/config/line-of-key.ts';

describe.each([
  {
    where: 'at the top',
    rows: [
      { text: 'a = 1\nb = 2', path: ['b'], line: 2 },
      { text: 'bb = 1\nb = 2', path: ['b'], line: 2 },
      { text: '# b = 1\n"b" = 2', path: ['b'], line: 2 },
      { text: 'a = 1 # b = 1\nb = 2', path: ['b'], line: 2 },
      { text: '# \u2028b = 1\nb = 2', path: ['b'], line: 2 },
      { text: "x = 1\r\n'b' = 2\r\n", path: ['b'], line: 2 },
      { text: '\ufeffb = 2', path: ['b'], line: 1 },
      { text: 'b.c = 1', path: ['b'], line: 1 },
      { text: 'b . "c.d" = 1', path: ['b', 'c.d'], line: 1 },
      { text: 'b.x = 1\nb.c = 2', path: ['b', 'c'], line: 2 },
      { text: '1.5 = 1', path: ['1', '5'], line: 1 },
      { text: 'a = 1\n"\\u0062" = 1', path: ['b'], line: 2 },
      { text: '"a.*+?(" = 1', path: ['a.*+?('], line: 1 },
      { text: 'a = 1\n__proto__ = 1', path: ['__proto__'], line: 2 },
    ],
  },
  {
    where: 'in a section',
    rows: [
      { text: '[x]\nb = 1\n[b]\n', path: ['b'], line: 3 },
      { text: '[x]\nb = 1\n[b]\n', path: ['x', 'b'], line: 2 },
      { text: '[x]\n\n[[ b ]]\nc = 1', path: ['b', 'c'], line: 4 },
      { text: '[b]\n[ "b" . \'c.d\' ] # e\n\n e = 1', path: ['b', 'c.d', 'e'], line: 4 },
      { text: '[b.c]\n', path: ['b'], line: 1 },
      { text: '[module."zfs"]\nforce = "none"\npin = 1', path: ['module', 'zfs', 'pin'], line: 3 },
      { text: '[module."zfs/2.3.9"]\npin = 1', path: ['module', 'zfs/2.3.9', 'pin'], line: 2 },
      { text: '[module]\nzfs.pin = 1\nzfs.force = 1', path: ['module', 'zfs', 'force'], line: 3 },
      { text: '[module.a]\npin = 1\n[module.b]\npin = 1', path: ['module', 'b', 'pin'], line: 4 },
    ],
  },
  {
    where: 'in inline tables',
    rows: [
      { text: 'x = 1\nmodule.zfs = { force = 1, pin = 2 }', path: ['module', 'zfs', 'pin'], line: 2 },
      { text: 'a = { b = {}, c = 1 }', path: ['a', 'c'], line: 1 },
      { text: 'a = {\n  b = 1, # one\n  c = 2,\n}\nd = 1', path: ['a', 'c'], line: 3 },
      { text: 'a = {\n  b = 1,\n  c = 2,\n}\nd = 1', path: ['d'], line: 5 },
      { text: 'a = {\n  x = {\n    y.z = 1 }\n}', path: ['a', 'x', 'y', 'z'], line: 3 },
      { text: 'a = { b = [\n 1,\n 2 ],\n c = 1 }', path: ['a', 'c'], line: 4 },
    ],
  },
  {
    where: 'around values that look like keys',
    rows: [
      { text: 'x = """\nb = 1\n"""\nb = 2', path: ['b'], line: 4 },
      { text: 'x = """\n\\"""\nb = 1"""""\nb = 2', path: ['b'], line: 4 },
      { text: 'x = """"""\nb = 2', path: ['b'], line: 2 },
      { text: "x = '''\n[b]\n\"\"\"\n'''\n[b]", path: ['b'], line: 5 },
      { text: 'x = """one line"""\nb = 2', path: ['b'], line: 2 },
      { text: 'x = "#"\nb = 2', path: ['b'], line: 2 },
      { text: 'x = "\\" b = "\nb = 2', path: ['b'], line: 2 },
      { text: "x = '\\'\nb = 2", path: ['b'], line: 2 },
      { text: 'x = [\n  "b",\n  [ "b" ],\n]\nb = 2', path: ['b'], line: 5 },
      { text: 'x = [ # [\n 1 ]\nb = 2', path: ['b'], line: 3 },
      { text: 'x = 1979-05-27 07:32:00\nb = 2', path: ['b'], line: 2 },
    ],
  },
  {
    where: 'that are not written, as what their paths begin with',
    rows: [
      { text: '\n[b]\nc = 1', path: ['b', 'd'], line: 2 },
      { text: '[b]\nc = 1', path: ['b', 'c', 'd'], line: 2 },
      { text: 'a = 1', path: ['b'], line: undefined },
      { text: 'a = 1', path: ['constructor'], line: undefined },
      { text: '', path: ['b'], line: undefined },
      { text: 'a = 1', path: [], line: undefined },
    ],
  },
])('keys $where', ({ rows }) => {
  it.each(rows)('$path in $text', ({ text, path, line }) => {
    expect(() => parse(text)).not.toThrow();
    expect(linesOfKeys(text)(path)).toBe(line);
  });
});

it('finds each key of whatever document', () => {
  const key = fc.oneof(fc.constantFrom('a', 'b', '__proto__', ''), fc.string());
  const value = fc.oneof(
    fc.string(),
    fc.boolean(),
    fc.array(fc.string()),
    fc.constant('[b]\nb = """ # \'\'\''),
  );
  const table = fc.dictionary(key, fc.oneof(value, fc.dictionary(key, value)));
  fc.assert(
    fc.property(table, (document) => {
      const text = stringify(document);
      const lineOf = linesOfKeys(text);
      for (const [name, content] of Object.entries(document)) {
        expect(lineOf([name])).toBeDefined();
        if (typeof content !== 'object' || Array.isArray(content)) continue;
        for (const inner of Object.keys(content)) {
          const line = lineOf([name, inner]) ?? 0;
          const [written = ''] = text.split('\n').slice(line - 1);
          expect(parse(written)).toHaveProperty([inner]);
        }
      }
    }),
  );
});

it('reads a mebibyte at once', () => {
  const text = `${'[module."a/b"]\nx = { y = [ "z" ] }\n'.repeat(20_000)}`;
  const started = performance.now();
  expect(linesOfKeys(text)(['module', 'a/b', 'x', 'y'])).toBe(2);
  expect(performance.now() - started).toBeLessThan(5000);
});
