import { describe, expect, it } from 'vitest';
import {
  answerFrom,
  isAnswer,
  readDefinitions,
  recordInto,
} from '../../../src/core/build/probes-makefile.ts';
import { run } from '../../../src/system/exec.ts';
import { readTextIfPresent } from '../../../src/system/files.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

/** As kbuild's, but that it tells of being asked. */
const tryRun = `try-run = $(shell set -e;	\\
	echo asked >>$(M)/calls;		\\
	if ($(1)) >/dev/null 2>&1;	\\
	then echo "$(2)";		\\
	else echo "$(3)";		\\
	fi)
`;

const questions = [
  'true "$$TMP" a=b: \\#c ~d,  -yes=1,-no',
  'false "$$TMP" a=b: \\#c ~d,-yes=1,  -no',
  'test -d $(KBUILD_EXTMOD),-in-$(notdir $(KBUILD_EXTMOD))',
  'printf \'%s\' "a\tb" | grep -q a,-tab',
  'true,',
];

/** A kbuild that prints what it got for each question, between bars. */
function kbuildThatAsks(more: readonly string[] = []): string {
  const asked = [...questions, ...more].map((question) => `$(info |$(call try-run,${question})|)`);
  return `${tryRun}KBUILD_EXTMOD := $(M)\n${asked.join('\n')}\nall: ; @:\n`;
}

const definitions = { tryRun: tryRun.trimEnd().slice('try-run = '.length) };

/** A build tree, and two modules: one for which kbuild was watched, and another. */
async function machineThatWasWatched() {
  const scratch = makeScratchFolder();
  const tree = { path: scratch.folder('tree') };
  const override = { tree, definitions };
  scratch.write('tree/Makefile', kbuildThatAsks());
  const [first, second] = [scratch.folder('first'), scratch.folder('second')];
  const make = async (module: string, makefile?: string, folder = tree.path) => {
    const env = makefile === undefined ? {} : { MAKEFILES: makefile };
    const { stdout } = await run(['make', '-s', '-C', folder, `M=${module}`], { env });
    return { said: stdout.split('\n'), calls: await countCalls(module) };
  };
  const recorder = scratch.write('record.mk', recordInto(first, override));
  const watched = await make(first, recorder);
  const answers = ((await readTextIfPresent(`${first}/answers`)) ?? '').split('\n').filter(isAnswer);
  const answerer = scratch.write('answer.mk', answerFrom('/nowhere', override, { answers }));
  return { scratch, make, second, watched, answers, answerer };
}

async function countCalls(module: string): Promise<number> {
  return ((await readTextIfPresent(`${module}/calls`)) ?? '').split('asked').length - 1;
}

describe('what kbuild asks', () => {
  it('is answered for another module, space by space, as it would be', async () => {
    const { make, second, watched, answers, answerer } = await machineThatWasWatched();
    expect(watched.calls).toBe(questions.length);
    // What was refused may have failed for another reason.
    expect(answers).toHaveLength(questions.length - 1);
    expect(answers.filter((line) => line.includes('|false'))).toEqual([]);
    const answered = await make(second, answerer);
    // That, and one that names its module's folder in what it wants to be told.
    expect(answered.calls).toBe(2);
    const asked = await make(second);
    expect(asked.calls).toBe(2 + questions.length);
    expect(answered.said).toEqual(asked.said);
    expect(answered.said.slice(0, 2)).toEqual(['|  -yes=1|', '|  -no|']);
  });

  it('is asked when it is another question, or other programs would answer', async () => {
    const { scratch, make, second, answerer } = await machineThatWasWatched();
    scratch.write('tree/Makefile', kbuildThatAsks(['true "$$TMP" a=b: \\#c ~d,  -yes=2,-no']));
    expect((await make(second, answerer)).calls).toBe(3);
    scratch.write(
      'tree/Makefile',
      `${kbuildThatAsks().replace('KBUILD_EXTMOD', 'PATH := /bin:/usr/bin\nKBUILD_EXTMOD')}`,
    );
    expect((await make(second, answerer)).calls).toBe(3 + questions.length);
  });

  it('is no business of other makefiles, which see nothing of ours in their list', async () => {
    const { scratch, make, second, answerer } = await machineThatWasWatched();
    const own =
      'try-run = own $(1)\n$(info $(call try-run,true,) $(firstword $(MAKEFILE_LIST)))\nall: ; @:\n';
    scratch.write('elsewhere/Makefile', own);
    expect((await make(second, answerer, `${scratch.path}/elsewhere`)).said[0]).toBe('own true Makefile');
  });
});

it('answers that are more than options are none', () => {
  expect(['q= -a=b -c', 'q=', '~sq~e=x'].map(isAnswer)).toEqual([true, true, true]);
  expect(['q=$(shell x)', 'q=a#b', 'q x=a', 'q=a;b', '', 'q'].map(isAnswer)).toEqual(Array(6).fill(false));
});

describe("kbuild's definitions", () => {
  const modfinal = '      cmd_cc_o_c = $(CC) -c\n\n$(extmod_prefix).module-common.o: x FORCE\n';

  it('are read word by word, from whichever of its trees has them', () => {
    const found = readDefinitions({
      tryRun: ['#\n', `#\n${tryRun}\nas = x\n`, tryRun],
      modfinal: [modfinal],
    });
    expect(found).toEqual({ ...definitions, compileCommon: '$(CC) -c' });
  });

  it.each([
    { what: 'no try-run', tryRun: ['cc-option = x\n'] },
    { what: 'two that differ', tryRun: [tryRun, 'try-run = $(shell x)\n'] },
  ])('with $what are none', (texts) => {
    expect(readDefinitions({ ...texts, modfinal: [modfinal] })).toBeUndefined();
  });

  it('have no common object where all that is known of it differs', () => {
    const other = modfinal.replace('$(extmod_prefix)', '');
    expect(readDefinitions({ tryRun: [tryRun], modfinal: [other] })).toEqual(definitions);
  });
});
