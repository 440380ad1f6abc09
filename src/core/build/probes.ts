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
  type KbuildDefinitions,
  readDefinitions,
  recordInto,
} from './probes-makefile.ts';
import type { BuildSettings } from './request.ts';

/** What asks the compiler, and how. */
export interface ProbeSite {
  readonly layout: Layout;
  readonly tree: KernelTree;
  readonly settings: Pick<BuildSettings, 'sandbox' | 'toolchain' | 'politeness'>;
}

/**
 * Before kbuild compiles the first file it asks the compiler some forty times whether it knows an option
 * (scripts/Makefile.compiler, `try-run`), for every module anew, by five processes each: half of all processes of a small
 * module. And into every module it links an object that is the same for all (scripts/module-common.c). Here it does so once,
 * for a module without objects, and what came of it is kept for the others.
 * @param folder where it is kept. Builds may not write to it.
 * @returns a makefile for MAKEFILES by which make(1) uses it; undefined when there is nothing.
 * @throws KmodsmithError WRITE_FAILED, COMMAND_FAILED.
 */
export async function recordProbes(site: ProbeSite, folder: string): Promise<string | undefined> {
  const { tree, settings } = site;
  const definitions = await readKbuild(tree);
  // The names of files are words of make(1)'s, and of its recipes.
  if (definitions === undefined || !/^[\w./+-]+$/.test(folder)) return undefined;
  const work = `${folder}.work`;
  const [module, recorder] = [join(work, 'module'), join(work, 'probes.mk')];
  try {
    await writeAtomically(join(module, 'Makefile'), 'obj-m :=\n');
    await writeAtomically(recorder, recordInto(module, tree, definitions));
    await lend(settings, module);
    await ask(site, recorder, module);
    return await keep(folder, module, { tree, definitions });
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
  const [compiler, include, final] = await Promise.all(
    ['Makefile.compiler', 'Kbuild.include', 'Makefile.modfinal'].map(read),
  );
  return readDefinitions({ tryRun: [...(compiler ?? []), ...(include ?? [])], modfinal: final ?? [] });
}

/** What becomes of it does not matter: whoever finds no record asks for itself. */
async function ask({ layout, tree, settings }: ProbeSite, recorder: string, module: string): Promise<void> {
  const words = settings.toolchain?.makeWords ?? [];
  const argv = ['make', '-C', tree.path, `M=${module}`, `KERNELRELEASE=${tree.release}`, ...words];
  const env = {
    ...settings.toolchain?.environment,
    MAKEFILES: recorder,
    PATH: searchPathOf(layout),
    KMODSMITH_RELEASE: tree.release,
    // By this and with it, `recover` ends what an engine leaves that dies.
    [processMark]: layout.probes,
  };
  const wrapped = [...(settings.politeness ?? []), ...(settings.sandbox?.wrap(module) ?? []), ...argv];
  await run(wrapped, { cwd: '/', env, timeoutSeconds: 120 });
}

/** Bytes. */
const mostRecords = 4 * 1024 ** 2;

/** Takes what was recorded out of the reach of builds. */
async function keep(
  folder: string,
  module: string,
  kbuild: { readonly tree: KernelTree; readonly definitions: KbuildDefinitions },
): Promise<string | undefined> {
  const read = (name: string) => readContained(module, name, mostRecords).catch(() => undefined);
  const [answers, command, object, dependencies] = await Promise.all(
    ['answers', 'common', 'common.o', 'common.d'].map(read),
  );
  const lines = [...new Set(answers?.toString().split('\n'))].filter(isAnswer);
  const common = command?.toString().trim();
  const isCommon = common !== undefined && object !== undefined && dependencies !== undefined;
  if (lines.length === 0) return undefined;
  if (isCommon) {
    await writeAtomically(join(folder, 'common.o'), object);
    await writeAtomically(join(folder, 'common.d'), dependencies);
  }
  const makefile = join(folder, 'probes.mk');
  const text = answerFrom(folder, { ...kbuild, answers: lines, ...(isCommon && { common }) });
  await writeAtomically(makefile, text);
  return makefile;
}
