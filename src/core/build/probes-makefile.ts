import type { KernelTree } from '../kernels.ts';

/** What kbuild's own makefiles say, word by word, of what we do in its place. */
export interface KbuildDefinitions {
  /** The variable by which it asks the compiler something. */
  readonly tryRun: string;
  /** The command that compiles the object which all modules have, of kernels that have one. */
  readonly compileCommon?: string;
}

/** Out of the texts of its files. Undefined where it has no `try-run`, or two that differ. */
export function readDefinitions(texts: {
  readonly tryRun: readonly string[];
  readonly modfinal: readonly string[];
}): KbuildDefinitions | undefined {
  const tryRun = onlyOne(texts.tryRun.flatMap((text) => definitionOf('try-run', text)));
  const withCommon = texts.modfinal.filter((text) => /^\$\(extmod_prefix\)\.module-common\.o:/m.test(text));
  const compileCommon = onlyOne(withCommon.flatMap((text) => definitionOf('cmd_cc_o_c', text)));
  if (tryRun === undefined) return undefined;
  return { tryRun, ...(compileCommon !== undefined && { compileCommon }) };
}

function definitionOf(name: string, text: string): string[] {
  return new RegExp(`^ *${name} *= *((?:.*\\\\\\n)*.*)$`, 'm').exec(text)?.slice(1) ?? [];
}

function onlyOne(found: readonly string[]): string | undefined {
  return new Set(found).size === 1 ? found[0] : undefined;
}

/** A makefile that is read before those of a kernel's kbuild, for what these say. */
export interface KbuildOverride {
  readonly tree: Pick<KernelTree, 'path'>;
  readonly definitions: KbuildDefinitions;
}

/**
 * A makefile that has kbuild write down in the module's folder what the compiler takes (`answers`), and keep the object that
 * all modules have (`common`: its command; `common.o`, `common.d`). What it refuses is not written down: it may only have
 * had no memory, or no space.
 */
export function recordInto(module: string, override: KbuildOverride): string {
  const command = `$(file >${module}/common,${encoded('$(kmodsmith-compile)')})`;
  const common = [
    `%/.module-common.o: cmd_cc_o_c = $(kmodsmith-compile); cp $@ ${module}/common.o; cp $(depfile) ${module}/common.d${command}`,
    `__modfinal: ${module}/.module-common.o`,
  ];
  return inKbuild(override, [
    `kmodsmith-record = $(if $(findstring |$(2)|,|$(3)|),$(file >>${module}/answers,$(1)=$(3)))$(3)`,
    'kmodsmith-try = $(call kmodsmith-record,$(1),$(3),$(call kmodsmith-own,$(2),$(3),$(4)))',
    ...(override.definitions.compileCommon === undefined ? [] : common),
  ]);
}

export interface Recorded {
  /** The whole lines of `answers`. */
  readonly answers: readonly string[];
  /** The command that made `common.o` and `common.d`, if they are there. */
  readonly common?: string;
}

/** A makefile that answers what was recorded, word for word, with what is in `folder`; anything else is kbuild's. */
export function answerFrom(folder: string, override: KbuildOverride, { answers, common }: Recorded): string {
  const isSame = `$(findstring |$(kmodsmith-common)|,|${encoded('$(kmodsmith-compile)')}|)`;
  const useCommon = [
    `kmodsmith-common := ${common}`,
    `%/.module-common.o: cmd_cc_o_c = $(if ${isSame},cp ${folder}/common.o $@; cp ${folder}/common.d $(depfile),$(kmodsmith-compile))`,
    // What kbuild notes of the object is what it would have done.
    '%/.module-common.o: make-cmd = $(call escsq,$(subst $(pound),$$(pound),$(subst $$,$$$$,$(kmodsmith-compile))))',
  ];
  return inKbuild(override, [
    // Make takes the spaces before a value for its own.
    ...answers.map((line) => `kmodsmith-answer-${line.replace('=', ' := $(kmodsmith-empty)')}`),
    'kmodsmith-known = $(filter-out undefined,$(origin kmodsmith-answer-$(1)))',
    'kmodsmith-try = $(if $(kmodsmith-known),$(kmodsmith-answer-$(1)),$(call kmodsmith-own,$(2),$(3),$(4)))',
    ...(common === undefined ? [] : useCommon),
  ]);
}

/** Whether a line of `answers` is a question and what kbuild makes of the answer: options, or nothing. */
export function isAnswer(line: string): boolean {
  return /^[^\s:=#$]+=[\w@%,./=+ -]*$/.test(line);
}

/** Whether it is a command as `common` has it, in one line that make(1) leaves as it is. */
export function isCommand(text: string): boolean {
  return /^[^\s:=#$]+$/.test(text);
}

/** What no name of a variable may have (GNU make's manual, "How to Use Variables"), the escape itself first. */
const escapes = [
  ['~', '~'],
  ['$(kmodsmith-space)', 's'],
  ['$(kmodsmith-tab)', 't'],
  ['$(kmodsmith-hash)', 'h'],
  ['$$', 'd'],
  [':', 'c'],
  ['=', 'e'],
] as const;

function encoded(text: string): string {
  return `$(call kmodsmith-encode,${text})`;
}

/**
 * Only kbuild's own makes take notice: a Makefile that calls it may have a `try-run` of its own. What is asked, with which
 * programs on the PATH, is its own name; where the module is does not matter.
 */
function inKbuild({ tree, definitions }: KbuildOverride, lines: readonly string[]): string {
  const encode = escapes.reduce<string>(
    (text, [from, to]) => `$(subst ${from},~${to},${text})`,
    '$(if $(KBUILD_EXTMOD),$(subst $(KBUILD_EXTMOD),@,$(1)),$(1))',
  );
  const whole = [
    '# What kbuild finds the same for all modules that are built for a kernel: asked once, by Kmodsmith.',
    // Some Makefiles take the first of the list for themselves.
    'MAKEFILE_LIST :=',
    `ifneq (,$(or $(KBUILD_EXTMOD),$(filter ${tree.path},$(CURDIR))))`,
    'kmodsmith-hash := \\#',
    'kmodsmith-empty :=',
    'kmodsmith-space := $(kmodsmith-empty) $(kmodsmith-empty)',
    'kmodsmith-tab := $(kmodsmith-empty)\t$(kmodsmith-empty)',
    `kmodsmith-encode = ${encode}`,
    `kmodsmith-own = ${definitions.tryRun}`,
    `kmodsmith-compile = ${definitions.compileCommon ?? ''}`,
    ...lines,
    `override try-run = $(call kmodsmith-try,${encoded('$(PATH)|$(1)|$(2)|$(3)')},$(1),$(2),$(3))`,
    'endif',
  ];
  return `${whole.join('\n')}\n`;
}
