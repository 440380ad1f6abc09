import { expect, it } from 'vitest';
import { patchError, quoting, scriptError } from '../../../src/formats/step-log.ts';

const rejected = [
  'patching file f.c',
  'Hunk #1 FAILED at 1.',
  '1 out of 1 hunk FAILED -- saving rejects to file f.c.rej',
];

it.each([
  { what: 'a hunk that does not fit', said: rejected, lines: rejected },
  {
    what: 'one of several files',
    said: ['patching file a.c', 'Hunk #1 succeeded at 3 (offset 1 line).', ...rejected, 'patching file b.c'],
    lines: rejected,
  },
  {
    what: 'a file that is not there',
    said: ["can't find file to patch at input line 3", 'Perhaps you used the wrong -p or --strip option?'],
    lines: ["can't find file to patch at input line 3", 'Perhaps you used the wrong -p or --strip option?'],
  },
  {
    what: 'no patch at all',
    said: ['patch: **** Only garbage was found in the patch input.'],
    lines: ['patch: **** Only garbage was found in the patch input.'],
  },
  {
    what: 'a patch that is in already',
    said: ['patching file f.c', 'Reversed (or previously applied) patch detected!  Skipping patch.'],
    lines: ['patching file f.c', 'Reversed (or previously applied) patch detected!  Skipping patch.'],
  },
  { what: 'nothing that is known', said: ['', 'a', 'b  ', ''], lines: ['a', 'b'] },
])('patch: $what', ({ said, lines }) => {
  expect(patchError(`${said.join('\n')}\n`)).toEqual(lines);
});

it('patch: ten lines at most', () => {
  expect(patchError(`patching file f.c\n${'Hunk #1 FAILED at 1.\n'.repeat(30)}`)).toHaveLength(10);
});

it('script: the error that a compiler would say, or the end of what it said', () => {
  expect(scriptError('checking for x\nconfigure: error: no\nmore\n')).toEqual(['configure: error: no']);
  expect(scriptError('1\n2\n\n3\n4\n5\n6\n')).toEqual(['2', '3', '4', '5', '6']);
  expect(scriptError(`${'x'.repeat(9000)}\n`)).toEqual(['x'.repeat(2000)]);
  expect(scriptError('')).toEqual([]);
});

it('quotes below a message', () => {
  expect(quoting('it failed', ['a', 'b'])).toBe('it failed\na\nb');
  expect(quoting('it failed', [])).toBe('it failed');
});
