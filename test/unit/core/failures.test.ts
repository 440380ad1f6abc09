import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findPassingTrouble, forgetUnfinished, isLasting } from '../../../src/core/build/failures.ts';
import { KmodsmithError } from '../../../src/errors.ts';
import { makeMachine } from './machine.ts';

it.each([
  { error: new KmodsmithError('BUILD_FAILED', 'x does not compile: error: no_such_thing'), lasting: true },
  { error: new KmodsmithError('VERIFY_FAILED', 'x was made for another kernel'), lasting: true },
  { error: new KmodsmithError('BUILD_FAILED', 'fatal error: x.o: No space left on device'), lasting: false },
  {
    error: new KmodsmithError('BUILD_FAILED', 'gcc: fatal error: Killed signal terminated program cc1'),
    lasting: false,
  },
  { error: new KmodsmithError('BUILD_FAILED', 'x\nmake: *** [all] Terminated'), lasting: false },
  { error: new KmodsmithError('SCRIPT_FAILED', 'x: PRE_BUILD ended with status 143'), lasting: false },
  { error: new KmodsmithError('SCRIPT_FAILED', 'x: PRE_BUILD ended with status 1\nno'), lasting: true },
  { error: new KmodsmithError('PATCH_FAILED', 'x\nNo space left on device'), lasting: false },
  { error: new KmodsmithError('INPUT_CHANGED', 'a header changed while x was being built'), lasting: false },
  { error: new KmodsmithError('COMMAND_FAILED', 'xz cannot be started'), lasting: false },
  { error: new Error('EIO'), lasting: false },
])('$error.message: lasting $lasting', ({ error, lasting }) => {
  expect(isLasting(error)).toBe(lasting);
});

it.each([
  ['birch.mod.c: error: no_such_thing', undefined],
  [
    'as: Fatal error: birch.o: No space left on device\nmake[2]: *** birch.mod.o] Error 1',
    'No space left on device',
  ],
])('a log that says %j tells of %j', async (said, trouble) => {
  const { layout, scratch } = makeMachine();
  expect(await findPassingTrouble(layout, scratch.write('make.log', said))).toBe(trouble);
});

it('of attempts that were cut short not even a folder stays', async () => {
  const { layout, scratch } = makeMachine();
  scratch.write('var/lib/kmodsmith/failures/foo/1.0/k/x86_64/make.log', '');
  scratch.write('var/lib/kmodsmith/failures/foo/2.0/k/x86_64/failure.json', '{}');
  scratch.folder('var/lib/kmodsmith/failures/bar/1.0/k');
  await forgetUnfinished(layout);
  expect(readdirSync(layout.failures)).toEqual(['foo']);
  expect(readdirSync(`${layout.failures}/foo`)).toEqual(['2.0']);
});
