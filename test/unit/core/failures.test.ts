import { expect, it } from 'vitest';
import { isLasting } from '../../../src/core/build/failures.ts';
import { KmodsmithError } from '../../../src/errors.ts';

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
