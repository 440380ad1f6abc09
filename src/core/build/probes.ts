import { join } from 'node:path';
import { sh } from '../../render/helpers.ts';
import { readContained } from '../../system/contained.ts';
import { run, searchPath } from '../../system/exec.ts';
import { makeFolder, removeTree, writeAtomically } from '../../system/files.ts';
import type { KernelTree } from '../kernels.ts';
import type { Layout } from '../layout.ts';
import { lend, removeLent } from '../sandbox/lend.ts';
import { processMark } from './environment.ts';
import type { BuildSettings } from './request.ts';
import { findProgram } from './toolchain.ts';

/** What asks the compiler, and how. */
export interface ProbeSite {
  readonly layout: Layout;
  readonly tree: KernelTree;
  readonly settings: Pick<BuildSettings, 'sandbox' | 'toolchain' | 'politeness'>;
}

/**
 * Before kbuild compiles the first file it asks the compiler some forty times whether it knows an option
 * (scripts/Makefile.compiler, `cc-option`), for every module anew: a third of the time of a small one. Here it asks once, in
 * a module without objects, and what the compiler took without a word is recorded.
 * @param folder where the programs go that answer in the compiler's place; builds have it first on their PATH.
 * @returns whether there is anything to answer.
 * @throws KmodsmithError WRITE_FAILED, COMMAND_FAILED.
 */
export async function recordProbes(site: ProbeSite, folder: string): Promise<boolean> {
  const { settings } = site;
  const work = `${folder}.work`;
  const module = join(work, 'module');
  try {
    const compilers = await placeRecorders(site, { programs: join(work, 'bin'), module });
    await writeAtomically(join(module, 'Makefile'), 'obj-m :=\n');
    await lend(settings, module);
    await ask(site, { programs: join(work, 'bin'), module });
    let isAny = false;
    for (const compiler of compilers) {
      const known = await readRecords(module, compiler.name);
      if (known.length === 0) continue;
      await writeAtomically(join(folder, compiler.name), answerer(compiler, known), executable);
      isAny = true;
    }
    return isAny;
  } finally {
    await removeLent(settings, module);
    await removeTree(work);
  }
}

const executable = 0o755;

interface Compiler {
  readonly name: string;
  readonly path: string;
}

interface Places {
  readonly programs: string;
  readonly module: string;
}

/** kbuild calls the kernel's own compiler or, where its Makefile says so, just gcc. */
async function placeRecorders({ settings }: ProbeSite, { programs, module }: Places): Promise<Compiler[]> {
  const names = [settings.toolchain?.environment['CC'] ?? 'cc', 'gcc', 'clang'];
  const compilers: Compiler[] = [];
  for (const name of new Set(names.filter((one) => !one.includes('/')))) {
    const path = await findProgram(name);
    if (path !== undefined) compilers.push({ name, path });
  }
  await makeFolder(module);
  for (const compiler of compilers)
    await writeAtomically(join(programs, compiler.name), recorder(compiler, module), executable);
  return compilers;
}

/** What becomes of it does not matter: whoever finds no record asks the compiler. */
async function ask({ layout, tree, settings }: ProbeSite, { programs, module }: Places): Promise<void> {
  const words = settings.toolchain?.makeWords ?? [];
  const argv = ['make', '-C', tree.path, `M=${module}`, `KERNELRELEASE=${tree.release}`, ...words];
  const env = {
    ...settings.toolchain?.environment,
    PATH: `${programs}:${searchPath}`,
    // By this and with it, `recover` ends what an engine leaves that dies.
    [processMark]: layout.probes,
  };
  const wrapped = [...(settings.politeness ?? []), ...(settings.sandbox?.wrap(module) ?? []), ...argv];
  await run(wrapped, { cwd: '/', env, timeoutSeconds: 120 });
}

/** Bytes. */
const mostRecords = 4 * 1024 ** 2;

async function readRecords(module: string, name: string): Promise<string[]> {
  const bytes = await readContained(module, recordsOf(name), mostRecords).catch(() => undefined);
  const lines = bytes?.toString().split('\n') ?? [];
  return [...new Set(lines.filter((line) => line !== ''))];
}

function recordsOf(name: string): string {
  return `${name}.known`;
}

/** Any other call than kbuild's, of an empty input into a scratch file, is the compiler's. */
const passOn = ({ path }: Compiler) => `#!/bin/sh
# Stands in for ${path} while modules are built.
case "$*" in *" -x c /dev/null -o "*.tmp*) ;; *) exec ${sh(path)} "$@" ;; esac
`;

/** Writes down the words, but for the name of the output, of what the compiler takes without a word. */
function recorder(compiler: Compiler, module: string): string {
  return `${passOn(compiler)}said=$(${sh(compiler.path)} "$@" 2>&1)
status=$?
[ "$status" != 0 ] || [ -n "$said" ] || printf '%s\\n' "\${*% -o *}" >>${sh(join(module, recordsOf(compiler.name)))}
[ -z "$said" ] || printf '%s\\n' "$said" >&2
exit "$status"
`;
}

function answerer(compiler: Compiler, known: readonly string[]): string {
  return `${passOn(compiler)}case "\${*% -o *}" in
${known.map(sh).join('|\\\n')})
  for output; do :; done
  : >"$output"
  exit
  ;;
esac
exec ${sh(compiler.path)} "$@"
`;
}
