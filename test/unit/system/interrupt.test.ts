import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { forgetInterrupted, keepThrough, removeOnInterrupt } from '../../../src/system/interrupt.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

it('an interrupt takes away what it was told to, and nothing that is settled', () => {
  const scratch = makeScratchFolder();
  const [begun, settled] = ['begun', 'settled'].map((name) => scratch.write(name, '')) as [string, string];
  for (const path of [begun, settled, `${scratch.path}/missing`]) removeOnInterrupt(path);
  keepThrough(settled);
  forgetInterrupted();
  expect([existsSync(begun), existsSync(settled)]).toEqual([false, true]);
});
