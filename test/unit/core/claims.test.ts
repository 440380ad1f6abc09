import { expect, it } from 'vitest';
import { isBuildTool, isReadableByAll } from '../../../src/core/sandbox/claims.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

it.each([
  ...[
    'gcc',
    'cc',
    'gcc-14',
    'x86_64-linux-gnu-gcc-14',
    'arm-linux-gnueabihf-gcc',
    'clang-19',
    'ld',
    'ld.bfd',
  ],
  ...['x86_64-linux-gnu-ld.bfd', 'ld.lld', 'ld.lld-19', 'rustc', 'rustc-1.85'],
])('%s is what kbuild calls', (program) => expect(isBuildTool(program)).toBe(true));

it.each(['poweroff', 'reboot', 'gcc; reboot', 'sync', 'kmodsmith', '-gcc', 'gcc-', 'gcc\nx', '', 'telinit'])(
  '%j is not',
  (program) => expect(isBuildTool(program)).toBe(false),
);

it('knows what an ordinary user may not read', () => {
  const scratch = makeScratchFolder();
  const files = ([0o644, 0o600, 0o640, 0o604] as const).map((mode) => scratch.write(`${mode}`, '', mode));
  expect(files.map(isReadableByAll)).toEqual([true, false, false, true]);
  expect(isReadableByAll(`${scratch.path}/nowhere`)).toBe(false);
});
