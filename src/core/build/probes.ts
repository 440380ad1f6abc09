import { join } from 'node:path';
import { readContained } from '../../system/contained.ts';
import { run } from '../../system/exec.ts';
import { readTextIfPresent, removeTree, writeAtomically } from '../../system/files.ts';
import type { KernelTree } from '../kernels.ts';
import type { Layout } from '../layout.ts';
import { lend, removeLent } from '../sandbox/lend.ts';
import { processMark, searchPathOf } from './environment.ts';
import {
  answerFrom,
  isAnswer,
  isCommand,
  type KbuildDefinitions,
  type KbuildOverride,
  type Recorded,
  readDefinitions,
  recordInto,
} from './probes-makefile.ts';
import type { BuildSettings } from './request.ts';
import { shortcutVariables } from './shortcuts.ts';

/** What asks the compiler, and how. */
export interface ProbeSite {
  readonly layout: Layout;
  readonly tree: KernelTree;
  readonly settings: Pick<BuildSettings, 'sandbox' | 'toolchain' | 'politeness'>;
}

/**
 * Before kbuild compiles the first file it asks the compiler some forty times whether it knows an option
 * (scripts/Makefile.compiler, `try-run`), for every module anew, by six processes each: half of all processes of a small
 * module. And into every module it links an object that is the same for all (scripts/module-common.c). Here it does so once,
 * for a module without objects, and what came of it is kept for the others.
 * @param folder where it is kept. Builds may not write to it.
 * @returns a makefile for MAKEFILES by which make(1) uses it; undefined when there is nothing.
 * @throws KmodsmithError WRITE_FAILED, COMMAND_FAILED.
 */
export async function recordProbes(site: ProbeSite, folder: string): Promise<string | undefined> {
  const { tree, settings } = site;
  const definitions = await readKbuild(tree);
  // They are words of makefiles, and of recipes.
  if (definitions === undefined || ![folder, tree.path].every((path) => /^[\w./+-]+$/.test(path)))
    return undefined;
  const override = { tree, definitions };
  const work = `${folder}.work`;
  const [module, recorder] = [join(work, 'module'), join(work, 'probes.mk')];
  try {
    await writeAtomically(join(module, 'Makefile'), 'obj-m :=\n');
    await writeAtomically(recorder, recordInto(module, override));
    await lend(settings, module);
    if (!(await watch(site, recorder, module))) return undefined;
    const recorded = await takeOut(module, folder);
    return recorded && (await placeAnswers(folder, override, recorded));
  } finally {
    await removeLent(settings, module);
    await removeTree(work);
  }
}

async function readKbuild({ path, includedTrees }: KernelTree): Promise<KbuildDefinitions | undefined> {
  const read = async (name: string) => {
    const files = [path, ...includedTrees].map((tree) => join(tree, 'scripts', name));
    const texts = await Promise.all(files.map((file) => readTextIfPresent(file).catch(() => undefined)));
    return texts.filter((text) => text !== undefined);
  };
  const [compiler, include, modfinal] = await Promise.all([
    read('Makefile.compiler'),
    read('Kbuild.include'),
    read('Makefile.modfinal'),
  ]);
  return readDefinitions({ tryRun: [...compiler, ...include], modfinal });
}

/** Whether it came to its end: what a make leaves that did not may be half an answer, or half an object. */
async function watch(
  { layout, tree, settings }: ProbeSite,
  recorder: string,
  module: string,
): Promise<boolean> {
  const words = settings.toolchain?.makeWords ?? [];
  const argv = ['make', '-C', tree.path, `M=${module}`, `KERNELRELEASE=${tree.release}`, ...words];
  const env = {
    ...settings.toolchain?.environment,
    ...shortcutVariables(layout, recorder),
    PATH: searchPathOf(layout),
    KMODSMITH_RELEASE: tree.release,
    // By this and with it, `recover` ends what an engine leaves that dies.
    [processMark]: layout.probes,
  };
  const wrapped = [...(settings.politeness ?? []), ...(settings.sandbox?.wrap(module) ?? []), ...argv];
  return (await run(wrapped, { cwd: '/', env, timeoutSeconds: 120 })).exitCode === 0;
}

/** Bytes. */
const mostRecords = 4 * 1024 ** 2;

/** Takes what was recorded out of the reach of builds. */
async function takeOut(module: string, folder: string): Promise<Recorded | undefined> {
  const read = (name: string) => readContained(module, name, mostRecords).catch(() => undefined);
  const answers = new Set((await read('answers'))?.toString().split('\n').filter(isAnswer));
  if (answers.size === 0) return undefined;
  const [command, object, dependencies] = await Promise.all([
    read('common'),
    read('common.o'),
    read('common.d'),
  ]);
  const common = command?.toString().trim() ?? '';
  if (!isCommand(common) || object === undefined || dependencies === undefined)
    return { answers: [...answers] };
  await writeAtomically(join(folder, 'common.o'), object);
  await writeAtomically(join(folder, 'common.d'), dependencies);
  return { answers: [...answers], common };
}

async function placeAnswers(folder: string, override: KbuildOverride, recorded: Recorded): Promise<string> {
  const makefile = join(folder, 'probes.mk');
  await writeAtomically(makefile, answerFrom(folder, override, recorded));
  return makefile;
}
