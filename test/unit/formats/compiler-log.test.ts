import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstBuildError } from '../../../src/formats/compiler-log.ts';

const entering =
  "make -C /lib/modules/6.12/build M=/var/lib/dkms/foo/1/build modules\nmake[1]: Entering directory '/usr/src/x'";
const trailer = [
  'make[3]: *** [/usr/src/x/scripts/Makefile.build:234: /b/foo.o] Error 1',
  'make[2]: *** [/usr/src/x/Makefile:1945: /b] Error 2',
  "make[1]: Leaving directory '/usr/src/x'",
  'make: *** [Makefile:3: all] Error 2',
];
const log = (...lines: string[]): string => [entering, ...lines, ...trailer, ''].join('\n');

describe('firstBuildError', () => {
  it('finds an error of gcc with its includes, function, source and notes', () => {
    const context = [
      'In file included from /b/foo.h:4,',
      '                 from /b/foo.c:12:',
      "/b/bar.h: In function 'probe':",
      "/b/bar.h:12:9: error: implicit declaration of function 'frob' [-Wimplicit-function-declaration]",
      '   12 |         frob();',
      '      |         ^~~~',
      '      |         grab',
      '/b/bar.h:12:9: note: each undeclared identifier is reported only once',
    ];
    const other = ['  CC [M]  /b/foo.o', '/b/foo.c:1:1: warning: unused [-Wunused]', '    1 | int x;'];
    const found = firstBuildError(
      log(...other, ...context, '  CC [M]  /b/baz.o', '/b/baz.c:1:1: error: later'),
    );
    expect(found).toEqual({ lines: context, line: 9 });
  });

  it('gives at most ten lines', () => {
    const found = firstBuildError(log('a.c:1:2: error: x', ...Array.from({ length: 30 }, () => '  | x')));
    expect(found?.lines).toHaveLength(10);
  });

  it.each([
    'foo.c:10:10: fatal error: linux/foo.h: No such file or directory',
    'foo.c:10: error: old gcc',
    'my dir/foo.c:10:3: error: blank in the path',
    "/tmp/ccX.s:12: Error: no such instruction: `frob'",
    'foo.c:1:2: internal compiler error: Segmentation fault',
    'cc1: error: unrecognized command-line option "-fmin-function-alignment=16"',
    'clang: error: unknown argument: -mfoo',
    'gcc: fatal error: Killed signal terminated program cc1',
    "/usr/bin/ld: /b/foo.o: undefined reference to `bar'",
    "ld: foo.c:(.text+0x5): multiple definition of `bar'; a.o:b.c:(.text+0x0): first defined here",
    'ld.lld: error: undefined symbol: frob',
    'ld: cannot find -lfoo',
    'ERROR: modpost: "frob" [/b/foo.ko] undefined!',
    'ERROR: "frob" [/b/foo.ko] undefined!',
    "FATAL: modpost: GPL-incompatible module foo.ko uses GPL-only symbol 'x'",
    '  ERROR: Kernel configuration is invalid.',
    "make[3]: *** No rule to make target '/b/foo.o', needed by '/b/foo.ko'.  Stop.",
    'make: *** /lib/modules/6.12/build: No such file or directory.  Stop.',
    'Makefile:12: *** missing separator.  Stop.',
    'make[3]: *** [scripts/Makefile.build:234: /b/foo.o] Killed',
    '/bin/sh: line 1: 12345 Killed                  gcc -c foo.c',
    'Killed',
    '/tmp/ccX.s: Fatal: No space left on device',
    'cc1: out of memory allocating 65536 bytes after a total of 1234 bytes',
    'virtual memory exhausted: Cannot allocate memory',
    'error[E0425]: cannot find value `x` in this scope',
    '/b/foo.o: error: objtool: bar+0x5: unreachable',
    '/bin/sh: 1: gcc-13: not found',
    '/bin/sh: line 1: gcc-13: command not found',
    './scripts/gcc-version.sh: line 26: gcc-13: command not found',
    'make: gcc-13: No such file or directory',
    '/bin/sh: 1: ./tools/objtool/objtool: Permission denied',
    'ld: final link failed: Disk quota exceeded',
    '/bin/sh: 0: cannot fork: Resource temporarily unavailable',
    "mkdir: cannot create directory '/etc/x': Read-only file system",
    "touch: cannot touch '/proc/nope': Permission denied",
    'curl: (6) Could not resolve host: example.org',
    '/usr/src/linux/Makefile:751: include/config/auto.conf: No such file or directory',
  ])('finds %s', (line) => {
    expect(firstBuildError(log('  CC [M]  foo.o', line))).toEqual({ lines: [line], line: 4 });
  });

  it.each([
    'foo.c:1:2: warning: control reaches end [-Werror=return-type]',
    'checking for error: none',
    '  CC [M]  /b/error.o',
    'echo "ERROR: oops"',
    'cc1: all warnings being treated as errors',
    'make[2]: *** Waiting for unfinished jobs....',
    "make[2]: *** Deleting file '/b/foo.o'",
  ])('passes over %s', (line) => {
    const found = firstBuildError(log(line, 'foo.c:1:1: error: real'));
    expect(found?.lines).toEqual(['foo.c:1:1: error: real']);
  });

  it('keeps modpost errors together', () => {
    const errors = ['a', 'b', 'c'].map((name) => `ERROR: modpost: "${name}" [/b/foo.ko] undefined!`);
    expect(firstBuildError(log(...errors))?.lines).toEqual(errors);
  });

  it('keeps the function the linker names and the references lld lists', () => {
    const ld = ["/usr/bin/ld: foo.o: in function `init':", "foo.c:(.text+0x5): undefined reference to `bar'"];
    expect(firstBuildError(log(...ld))).toEqual({ lines: ld, line: 4 });
    const lld = [
      'ld.lld: error: undefined symbol: bar',
      '>>> referenced by foo.c',
      '>>>               foo.o:(init)',
    ];
    expect(firstBuildError(log(...lld))?.lines).toEqual(lld);
  });

  it('prefers a compiler error to a program a Makefile only probed for', () => {
    const found = firstBuildError(log('/bin/sh: 1: lsb_release: not found', 'a.c:1:1: error: real'));
    expect(found?.lines).toEqual(['a.c:1:1: error: real']);
  });

  it.each([
    '/bin/sh: 1: lsb_release: not found',
    "mkdir: cannot create directory '/b': Read-only file system",
  ])('prefers what stopped make to what was only tried: %s', (tried) => {
    const touch = "touch: cannot touch '/etc/x': Read-only file system";
    expect(firstBuildError(log(tried, touch))).toEqual({ lines: [touch], line: 4 });
    expect(firstBuildError(log(tried, 'a.c:1:1: error: real'))?.lines).toEqual(['a.c:1:1: error: real']);
  });

  it('names the last missing program when make stops with Error 127', () => {
    const missing = '/bin/sh: 1: gcc-13: not found';
    const stop = 'make[2]: *** [Makefile:9: a.o] Error 127';
    const lines = ['/bin/sh: 1: lsb_release: not found', missing, stop, 'b.c:1:1: error: of a parallel job'];
    expect(firstBuildError(log(...lines))).toEqual({ lines: [missing], line: 4 });
  });

  it('falls back to the first complaint of make', () => {
    expect(firstBuildError(log())).toEqual({ lines: [trailer[0]], line: 3 });
  });

  it('finds nothing in a good log', () => {
    expect(firstBuildError('')).toBeUndefined();
    expect(firstBuildError('  CC [M]  foo.o\n  LD [M]  foo.ko\n')).toBeUndefined();
  });

  it('understands carriage returns and a log that starts with the error', () => {
    expect(firstBuildError('a.c:1:1: error: x\r\n  | y\r\n')).toEqual({
      lines: ['a.c:1:1: error: x', '  | y'],
      line: 1,
    });
    expect(firstBuildError('\na.c:1:1: error: x')).toEqual({ lines: ['a.c:1:1: error: x'], line: 2 });
  });

  it('cuts very long lines', () => {
    const found = firstBuildError(`a.c:1:1: error: ${'x'.repeat(100_000)}`);
    expect(found?.lines[0]).toHaveLength(2000);
  });

  it('survives any text and reports lines of the log only', () => {
    const piece = fc.constantFrom(
      '\n',
      'a.c:1:1: error: x',
      ' | y',
      'make: *** ',
      '[a] Error 1',
      '\r',
      'In file included from a:1:',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        const text = pieces.join('');
        const all = text.split('\n').map((line) => line.trimEnd());
        const found = firstBuildError(text);
        if (found) expect(found.lines).toContain(all[found.line - 1]);
        for (const line of found?.lines ?? []) expect(all).toContain(line);
      }),
    );
  });

  it.each([
    'x',
    '\n',
    'a b: error: \n',
    'm: *** [x] Error 1 ',
    'make: x not found\n',
    `a ${':1'.repeat(900)}x: error: \n`,
    `m: *** ${'[*** '.repeat(390)}\n`,
  ])('takes linear time for a lot of %j', (piece) => {
    const text = piece.repeat(Math.floor(10_000_000 / piece.length));
    const start = performance.now();
    firstBuildError(text);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
