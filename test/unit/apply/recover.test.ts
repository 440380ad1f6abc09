import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { recover } from '../../../src/apply/recover.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

const state = 'var/lib/kmodsmith';

it.each([
  `${state}/logs/foo/1.0/6.1.0-x/x86_64/.kmodsmith-20261127T090133.669Z.log-60ebb1c2`,
  `${state}/probes/0/gcc-14`,
  `${state}/probes/0.work/module/gcc-14.known`,
  `${state}/jobserver`,
])('what an engine leaves that dies goes: %s', async (path) => {
  const scratch = makeScratchFolder();
  const file = scratch.write(path, '');
  await recover(layoutOf(scratch.path));
  expect(existsSync(file)).toBe(false);
});

// Who records a call or an answer does so without the tree's lock, and may be at it.
it.each([
  `${state}/queue/.kmodsmith-call.0a1b-0123abcd`,
  `${state}/queue/.new.x`,
  `${state}/settled/.kmodsmith-0a1b-0123abcd`,
])('what others may be writing stays: %s', async (path) => {
  const scratch = makeScratchFolder();
  const file = scratch.write(path, '');
  await recover(layoutOf(scratch.path));
  expect(existsSync(file)).toBe(true);
});
