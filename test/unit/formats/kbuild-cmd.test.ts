import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKbuildCommand } from '../../../src/formats/kbuild-cmd.ts';

// Shortened from .v4l2loopback.o.cmd of a 6.12 build.
const object = `savedcmd_/tmp/b/v4l2loopback.o :=  x86_64-linux-gnu-gcc-14 -Wp,-MMD,/tmp/b/.v4l2loopback.o.d -nostdinc -DKBUILD_BASENAME='"v4l2loopback"' -c -o /tmp/b/v4l2loopback.o /tmp/b/v4l2loopback.c   ; ./tools/objtool/objtool --link  --module /tmp/b/v4l2loopback.o

source_/tmp/b/v4l2loopback.o := /tmp/b/v4l2loopback.c

deps_/tmp/b/v4l2loopback.o := \\
    $(wildcard include/config/VIDEO_V4L1_COMPAT) \\
  /usr/src/linux-headers-6.12.117+deb13-common/include/linux/compiler-version.h \\
    $(wildcard include/config/CC_VERSION_TEXT) \\
    $(wildcard include/config/BOOGER) \\
  include/generated/uapi/linux/version.h \\
  /tmp/b/v4l2loopback.h \\
  /tmp/b/v4l2loopback_formats.h \\

/tmp/b/v4l2loopback.o: $(deps_/tmp/b/v4l2loopback.o)

$(deps_/tmp/b/v4l2loopback.o):

/tmp/b/v4l2loopback.o: $(wildcard ./tools/objtool/objtool)
`;

describe('parseKbuildCommand', () => {
  it('parses the file of an object', () => {
    const parsed = parseKbuildCommand(object);
    expect(parsed.command).toMatch(/^x86_64-linux-gnu-gcc-14 -Wp.*objtool --link {2}--module \S+$/);
    expect(parsed).toMatchObject({
      compiler: 'x86_64-linux-gnu-gcc-14',
      source: '/tmp/b/v4l2loopback.c',
      dependencies: [
        '/usr/src/linux-headers-6.12.117+deb13-common/include/linux/compiler-version.h',
        'include/generated/uapi/linux/version.h',
        '/tmp/b/v4l2loopback.h',
        '/tmp/b/v4l2loopback_formats.h',
        './tools/objtool/objtool',
      ],
    });
  });

  it('parses the file of a module, which has a command only', () => {
    const text = 'savedcmd_/tmp/b/a.ko := x86_64-linux-gnu-ld -r -o /tmp/b/a.ko /tmp/b/a.o\n';
    expect(parseKbuildCommand(text)).toEqual({
      command: 'x86_64-linux-gnu-ld -r -o /tmp/b/a.ko /tmp/b/a.o',
      compiler: 'x86_64-linux-gnu-ld',
      source: undefined,
      dependencies: [],
    });
  });

  it('parses the older form with lower case configuration files and relative targets', () => {
    const text = [
      'cmd_source_x.o := gcc -c -o source_x.o source_x.c',
      '',
      'source_source_x.o := source_x.c',
      '',
      'deps_source_x.o := \\',
      '    $(wildcard include/config/64bit.h) \\',
      '    $(wildcard ./include/config/smp.h) \\',
      '  include/linux/kconfig.h \\',
      '',
      'source_x.o: $(deps_source_x.o)',
      '',
      '$(deps_source_x.o):',
      'source_x.o: ./tools/objtool/objtool include/config/orc.h',
      '#SYMVER foo 0x12345678',
    ].join('\n');
    expect(parseKbuildCommand(text)).toEqual({
      command: 'gcc -c -o source_x.o source_x.c',
      compiler: 'gcc',
      source: 'source_x.c',
      dependencies: ['include/linux/kconfig.h', './tools/objtool/objtool', 'include/config/orc.h'],
    });
  });

  it("undoes make's escapes in the command", () => {
    const text = "savedcmd_a.mod := printf '%s\\n' a.o | awk '!x[$$0]++ { print $(pound)1 }' \\# > a.mod\n";
    expect(parseKbuildCommand(text).command).toBe(
      "printf '%s\\n' a.o | awk '!x[$0]++ { print #1 }' # > a.mod",
    );
  });

  it('keeps a backslash before an escaped hash', () => {
    expect(parseKbuildCommand('cmd_a := sed s/\\$(pound)//').command).toBe('sed s/\\#//');
  });

  it('undoes escapes in dependencies', () => {
    const text = 'deps_a.o := \\\n  /src/my\\ dir/a.h \\\n  b\\#1.h c$$d.h e$(pound)f.h\n';
    expect(parseKbuildCommand(text).dependencies).toEqual(['/src/my dir/a.h', 'b#1.h', 'c$d.h', 'e#f.h']);
  });

  it('lists every dependency once, however lines end', () => {
    const text = 'deps_a.o := \\\r\n  a.h \\\r\n  a.h $(wildcard b.h c.h)\r\n';
    expect(parseKbuildCommand(text).dependencies).toEqual(['a.h', 'b.h', 'c.h']);
  });

  it.each([
    ['ccache gcc-14 -c a.c', 'gcc-14'],
    ['/usr/bin/ccache /usr/bin/gcc -c a.c', '/usr/bin/gcc'],
    ['LC_ALL=C CCACHE_DIR="/a b" ccache clang -c a.c', 'clang'],
    ['env X=1 distcc aarch64-linux-gnu-gcc -c a.c', 'aarch64-linux-gnu-gcc'],
    ['"/opt/my gcc/bin/gcc" -c a.c', '/opt/my gcc/bin/gcc'],
    ['/opt/my\\ gcc/bin/gcc -c a.c', '/opt/my gcc/bin/gcc'],
    ["''gcc -c a.c", 'gcc'],
    ['{   echo /tmp/b/a.o; :; } > modules.order', 'echo'],
    ['X=1 ; gcc', undefined],
    ['', undefined],
  ])('finds the compiler of %s', (command, compiler) => {
    expect(parseKbuildCommand(`savedcmd_a.o := ${command}\n`).compiler).toBe(compiler);
  });

  it('gives empty fields for other text', () => {
    const empty = { command: '', compiler: undefined, source: undefined, dependencies: [] };
    expect(parseKbuildCommand('')).toEqual(empty);
    expect(parseKbuildCommand('hello\nworld := x\n')).toEqual(empty);
  });

  it('survives any text', () => {
    const part = fc.constantFrom(
      'deps_a :=',
      'cmd_b :=',
      'source_',
      '$(',
      ')',
      'wildcard ',
      '\\',
      '\n',
      ' ',
      '"',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string())), (parts) => {
        parseKbuildCommand(parts.join(''));
      }),
    );
  });

  it.each(['$(', '\\ ', '$(wildcard ', 'a ', '\\\n', 'a: b\n', "'"])(
    'takes linear time for many %j',
    (piece) => {
      const start = performance.now();
      parseKbuildCommand(`deps_a.o := ${piece.repeat(300_000)}`);
      parseKbuildCommand(`cmd_a.o := ${piece.repeat(300_000)}`);
      expect(performance.now() - start).toBeLessThan(3000);
    },
  );
});
