import { afterEach, expect, it, vi } from 'vitest';
import { Fingerprints, sha256 } from '../../../src/system/fingerprint.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Long after everything on disk was written, so that what is read is remembered. */
function letTimePass(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
}

it.each([
  { when: 'after some time', wait: letTimePass },
  { when: 'at once', wait: () => {} },
])('knows a file that was written again $when by its new content', ({ wait }) => {
  const scratch = makeScratchFolder();
  const path = scratch.write('header.h', 'one');
  wait();
  expect(new Fingerprints().of(path)?.sha256).toBe(sha256('one'));
  scratch.write('header.h', 'two');
  expect(new Fingerprints().of(path)?.sha256).toBe(sha256('two'));
});

it('reads a file that nobody has touched once for all that ask', () => {
  const path = makeScratchFolder().write('header.h', 'one');
  letTimePass();
  const first = new Fingerprints().of(path);
  expect(new Fingerprints().of(path)).toBe(first);
});
