import { describe, expect, it } from 'vitest';
import { classifyFailure } from '../../../src/policy/classify-failure.ts';
import {
  adviseFailure,
  explainFailureClass,
  type FailureClass,
  isFailureClass,
  isPassing,
} from '../../../src/policy/failure-class.ts';
import { said } from './said-of-failures.ts';

const title = 'foo 1.0 for 6.12 does not compile: make ended with status 2';

const ofBuild = Object.entries(said.build).flatMap(([failureClass, texts]) =>
  texts.map((text) => ({ failureClass, text })),
);

describe('a build', () => {
  it.each(ofBuild)('$failureClass: $text', ({ failureClass, text }) => {
    expect(classifyFailure({ code: 'BUILD_FAILED', message: `${title}\n${text}` })).toBe(failureClass);
  });

  it.each([
    'foo.c:1:1: error: no_such',
    'foo.c:1:1: error: no_such\n    1 | x = "No space left on device";',
    'foo.c:1:1: error: no_such\n   printk("Killed\\n");\nKilled by me',
    "ld: foo.o: multiple definition of `bar'",
    'Makefile:12: *** missing separator.  Stop.',
  ])('is judged by what was said, not by the source that it quotes: %s', (text) => {
    expect(classifyFailure({ code: 'BUILD_FAILED', message: `${title}\n${text}` })).toBe('source');
  });

  it("is not judged by the module's name", () => {
    const message = 'out-of-memory 1.0 for 6.12: memory exhausted: make ended with status 2\na.c:1: error: x';
    expect(classifyFailure({ code: 'BUILD_FAILED', message })).toBe('source');
  });

  it.each(['', '\nmake: *** [Makefile:236: __sub-make] Error 2'])('that says nothing: %j', (text) => {
    expect(classifyFailure({ code: 'BUILD_FAILED', message: `${title}${text}` })).toBe('other');
  });
});

describe('another step', () => {
  it.each<{ code: string; status?: number; text: string; so: FailureClass }>([
    { code: 'SCRIPT_FAILED', text: 'no', so: 'script' },
    { code: 'SCRIPT_FAILED', text: 'conftest.c:1:1: error: implicit declaration of function', so: 'script' },
    {
      code: 'SCRIPT_FAILED',
      text: 'configure: error: no acceptable C compiler found in $PATH',
      so: 'toolchain',
    },
    { code: 'SCRIPT_FAILED', text: './pre.sh: line 2: frob: command not found', so: 'toolchain' },
    { code: 'SCRIPT_FAILED', text: '*** Unable to find the kernel source', so: 'headers' },
    { code: 'SCRIPT_FAILED', text: 'Kernel headers for target kernel 6.1 not found', so: 'headers' },
    { code: 'SCRIPT_FAILED', text: 'touch: cannot touch /x: Read-only file system', so: 'denied' },
    { code: 'SCRIPT_FAILED', text: 'cp: error writing x: No space left on device', so: 'space' },
    { code: 'SCRIPT_FAILED', status: 137, text: '', so: 'memory' },
    { code: 'SCRIPT_FAILED', status: 143, text: '', so: 'interrupted' },
    { code: 'PATCH_FAILED', text: 'Hunk #1 FAILED at 1.', so: 'patch' },
    { code: 'PATCH_FAILED', text: 'patch: **** Write error : No space left on device', so: 'space' },
    { code: 'PATCH_MISSING', text: '', so: 'patch' },
    { code: 'SOURCE_EMPTY', text: '', so: 'package' },
    { code: 'OBJECT_MISSING', text: '', so: 'package' },
    { code: 'VERIFY_FAILED', text: 'Killed', so: 'verification' },
    { code: 'INPUT_CHANGED', text: '', so: 'changed' },
    { code: 'HEADERS_MISSING', text: '', so: 'headers' },
    { code: 'INTERNAL', text: 'EIO', so: 'other' },
  ])('$code $status, $text: $so', ({ code, status = 1, text, so }) => {
    const message = [`foo 1.0 for 6.12: it ended with status ${status}`, text].join('\n');
    expect(classifyFailure({ code, message })).toBe(so);
  });

  it.each<[message: string, so: FailureClass]>([
    ['/x cannot be written: ENOSPC: no space left on device, write', 'space'],
    ['/x cannot be written: EROFS: read-only file system, open', 'denied'],
    ['/x cannot be written: EACCES: permission denied, open', 'denied'],
    ['/x is gone: a script has removed the build folder', 'other'],
  ])('of our own writing: %s', (message, so) => {
    expect(classifyFailure({ code: 'WRITE_FAILED', message })).toBe(so);
  });
});

describe('a class', () => {
  it('has words, but for the one that says nothing', () => {
    const classes = [...Object.keys(said.build), 'script', 'patch', 'package', 'verification', 'changed'];
    for (const one of classes) {
      if (!isFailureClass(one)) throw new Error(`${one} is none`);
      expect(explainFailureClass(one)).toMatch(/^[a-z].*[^.]$/);
      for (const advice of adviseFailure(one)) expect(advice).toMatch(/^[A-Z].*\.$/);
    }
    expect(explainFailureClass('other')).toBe('');
    expect(explainFailureClass(undefined)).toBe('');
    expect(adviseFailure(undefined)).toEqual([]);
  });

  it.each(['full-moon', '', 'constructor', 7, null, undefined])('is not %j', (text) => {
    expect(isFailureClass(text)).toBe(false);
  });

  it('passes by itself when the machine was at fault', () => {
    expect((['memory', 'space', 'interrupted', 'changed'] as const).map(isPassing)).not.toContain(false);
    expect((['api', 'denied', 'toolchain', 'other'] as const).map(isPassing)).not.toContain(true);
  });
});
