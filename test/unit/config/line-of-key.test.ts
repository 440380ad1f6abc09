import { expect, it } from 'vitest';
import { lineOfKey } from '../../../src/config/line-of-key.ts';

it.each([
  { text: 'a = 1\nb = 2', path: ['b'], line: 2 },
  { text: 'bb = 1\nb = 2', path: ['b'], line: 2 },
  { text: '# b = 1\n"b" = 2', path: ['b'], line: 2 },
  { text: "x = 1\r\n'b' = 2\r\n", path: ['b'], line: 2 },
  { text: 'x = """\nb = 1\n"""\nb = 2', path: ['b'], line: 4 },
  { text: "x = '''\n[b]\n\"\"\"\n'''\n[b]", path: ['b'], line: 5 },
  { text: 'x = """one line"""\nb = 2', path: ['b'], line: 2 },
  { text: '[x]\nb = 1\n[b]\n', path: ['b'], line: 3 },
  { text: '[x]\n[[ b ]]\n', path: ['b'], line: 2 },
  { text: '[b.c]\n', path: ['b'], line: 1 },
  { text: 'b.c = 1\n', path: ['b'], line: 1 },
  { text: '[b]\n[ "b" . \'c.d\' ]\n', path: ['b', 'c.d'], line: 2 },
  { text: '[b]\nc = 1\n', path: ['b', 'c'], line: 1 },
  { text: '"a.*+?(" = 1\n', path: ['a.*+?('], line: 1 },
  { text: '"\\u0062" = 1\n', path: ['b'], line: undefined },
  { text: '', path: ['b'], line: undefined },
])('finds $path in $text', ({ text, path, line }) => {
  expect(lineOfKey(text, path)).toBe(line);
});
