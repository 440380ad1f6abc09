import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  mayFailByShortcuts,
  prepareShortcuts,
  shortcutVariables,
} from '../../../src/core/build/shortcuts.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { KmodsmithError } from '../../../src/errors.ts';
import { run } from '../../../src/system/exec.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

/** kbuild in so far as it has a compiler, which nobody can ask while a disk is full, and flags that it passes on. */
const kbuild = `KBUILD_CFLAGS := -own
CC = gcc-14
cc-option =
KBUILD_CFLAGS += $(KCFLAGS)
$(info flags $(KBUILD_CFLAGS))
all: ; @echo "command sees $$KCFLAGS"
`;

/** A build tree beside a module whose Makefile has flags of its own. */
async function makeWith(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const scratch = makeScratchFolder();
  const layout = layoutOf(scratch.path);
  await prepareShortcuts(layout);
  scratch.write('tree/include/config/auto.conf', '');
  scratch.write('tree/Makefile', kbuild);
  scratch.write(
    'module/Makefile',
    'KCFLAGS ?= -of-module\n$(info module $(KCFLAGS), list $(firstword $(MAKEFILE_LIST)))\nall: ; @$(MAKE) -s -C ../tree $(passed)\n',
  );
  const variables = { ...shortcutVariables(layout), ...env };
  const make = async (folder: string, ...more: readonly string[]) => {
    const argv = ['make', '-s', '-C', join(scratch.path, folder), ...words, ...more];
    return (await run(argv, { env: variables })).stdout.trim().split('\n');
  };
  return { make };
}

describe('what makes builds faster', () => {
  it.each(['gcc', 'ccache x86_64-linux-gnu-gcc-14', '/opt/clang/bin/gcc'])(
    'is for kbuild and %s',
    async (CC) => {
      const { make } = await makeWith([`CC=${CC}`]);
      expect(await make('tree')).toEqual(['flags -own -ftrack-macro-expansion=0', 'command sees']);
    },
  );

  it.each(['clang', '/opt/gcc/bin/clang-19', 'cc'])('is not for %s', async (CC) => {
    const { make } = await makeWith([`CC=${CC}`]);
    expect((await make('tree'))[0]).toBe('flags -own');
  });

  it('comes after what a build has in its environment', async () => {
    const { make } = await makeWith([], { KCFLAGS: '-of-build' });
    expect(await make('tree')).toEqual([
      'flags -own -of-build -ftrack-macro-expansion=0',
      'command sees -of-build -ftrack-macro-expansion=0',
    ]);
  });

  it('leaves to a module what its Makefile makes of the same variable', async () => {
    const { make } = await makeWith([]);
    const said = await make('module', 'passed=KCFLAGS="$(KCFLAGS)"');
    expect(said.slice(0, 2)).toEqual(['module -of-module, list Makefile', 'flags -own -of-module']);
  });
});

it.each([
  { said: "gcc: error: unrecognized command-line option '-ftrack-macro-expansion=0'", expected: true },
  { said: 'foo.c:1:2: error: unused variable [-Werror=unused-variable]', expected: true },
  { said: "foo.c:1:2: error: implicit declaration of function 'strlcpy'", expected: false },
  { said: 'fatal error: error writing to /tmp/x.s: No space left on device', expected: false },
])('a build that says "$said" may have failed by it: $expected', ({ said, expected }) => {
  const error = new KmodsmithError(
    'BUILD_FAILED',
    `foo 1 does not compile: make ended with status 2\n${said}`,
  );
  expect(mayFailByShortcuts(error)).toBe(expected);
});

it('is no matter of a script that fails', () => {
  expect(mayFailByShortcuts(new KmodsmithError('SCRIPT_FAILED', 'PRE_BUILD ended with status 1'))).toBe(
    false,
  );
  expect(mayFailByShortcuts(new Error('anything'))).toBe(false);
});
