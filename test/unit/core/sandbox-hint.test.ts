import { expect, it } from 'vitest';
import { logHint } from '../../../src/core/sandbox/hint.ts';

const sandbox = { wrap: () => [], showsFolders: true };

it.each([
  "touch: cannot touch '/etc/x': Read-only file system",
  'install: cannot change ownership: Operation not permitted',
  'cat: /etc/shadow: Permission denied',
  'curl: (6) Could not resolve host: example.org',
  'Temporary failure in name resolution',
])('names the sandbox where it may be what failed: %s', (said) => {
  expect(logHint('/make.log', `CC foo.o\n${said}\n`, { sandbox })).toMatch(
    /^The whole log: .*sandbox = 'off'/,
  );
  expect(logHint('/make.log', said, {})).toBe('The whole log: /make.log');
});

it('does not where the compiler found fault', () => {
  expect(logHint('/make.log', 'foo.c:1:2: error: no', { sandbox })).toBe('The whole log: /make.log');
});
