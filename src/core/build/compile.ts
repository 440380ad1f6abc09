import { join } from 'node:path';
import { KmodsmithError } from '../../errors.ts';
import { firstBuildError } from '../../formats/compiler-log.ts';
import { quoting, scriptError } from '../../formats/step-log.ts';
import { runChecked } from '../../system/exec.ts';
import { exists, listFolder, removeTree, writeAtomically } from '../../system/files.ts';
import { processorCount } from '../../system/machine.ts';
import { killMarked } from '../../system/orphans.ts';
import type { ScriptName } from '../conf/directives.ts';
import { buildFolder } from '../layout.ts';
import { logHint } from '../sandbox/hint.ts';
import { readMade } from '../sandbox/made-files.ts';
import type { SandboxFolder } from '../sandbox/sandbox.ts';
import { findProblem } from '../verify/verify.ts';
import { isBuiltByClang } from './compiler-environment.ts';
import type { BuildLog } from './log.ts';
import { applyPatches } from './patches.ts';
import { type BuildRequest, describe } from './request.ts';
import { findScript } from './scripts.ts';
import { buildEnvironment, processMark, shellCommand } from './shell.ts';

export interface Compilation {
  /** The shell command that builds. */
  readonly command: string;
  readonly folder: string;
  readonly log: BuildLog;
}

/**
 * Patches the copied source, runs PRE_BUILD and the build command there, and reads the modules that they made.
 * @throws KmodsmithError PATCH_MISSING, PATCH_FAILED, SCRIPT_FAILED, BUILD_FAILED, OBJECT_MISSING.
 */
export async function compile(request: BuildRequest, options: Compilation): Promise<readonly BuiltObject[]> {
  await applyPatches(request, options.folder, options.log);
  await runBuildScript(request, 'PRE_BUILD', options);
  await make(request, options);
  return collectObjects(request, options);
}

/**
 * Makes the build folder anew, a copy of the source.
 * @throws KmodsmithError SOURCE_EMPTY, COMMAND_FAILED, WRITE_FAILED.
 */
export async function copySource(request: BuildRequest, folder: string): Promise<void> {
  const { sourceFolder } = request;
  if ((await listFolder(sourceFolder)).length < 2) {
    throw new KmodsmithError(
      'SOURCE_EMPTY',
      `${describe(request)} cannot be built: ${sourceFolder} holds nothing besides its dkms.conf`,
      { hint: "Reinstall the package that brings the module's source." },
    );
  }
  await removeTree(folder);
  await writeAtomically(join(folder, buildMark), '');
  await runChecked(['cp', '-a', '--reflink=auto', `${sourceFolder}/.`, folder]);
}

/** Tells our build folder from dkms's, which is at the same place and may be in use. */
const buildMark = '.kmodsmith-build';

/** Whether a folder is that of a build of ours which did not come to its end. */
export async function isUnfinished(folder: string): Promise<boolean> {
  return exists(join(folder, buildMark));
}

/** Ends and removes what a build of ours left that did not come to its end. */
export async function removeUnfinished(folder: string): Promise<void> {
  if (!(await isUnfinished(folder))) return;
  await killMarked(`${processMark}=${folder}`);
  await removeTree(folder);
}

/** Leaves a failed build's folder to whoever wants to look at it: it is nobody's any more. */
export async function abandonFolder(folder: string): Promise<void> {
  await removeTree(join(folder, buildMark));
}

/** The build command as dkms composes it (dkms-compat.md section 2.6): job count and release go right after `make`. */
export function makeCommand({ conf, layout, module, kernel, tree, settings }: BuildRequest): string {
  const plain = `make -C "$kernel_source_dir" M="${buildFolder(layout, module)}"`;
  const command = conf.make ?? plain;
  const jobs = settings.jobs ?? settings.framework.parallelJobs ?? processorCount;
  const rest = /^make(?=\s|$)/.test(command) ? command.slice('make'.length) : undefined;
  const whole =
    rest === undefined ? command : `make -j${jobs === 0 ? '' : jobs} KERNELRELEASE=${kernel.release}${rest}`;
  return isBuiltByClang(tree.config?.settings) ? `${whole} LLVM=1` : whole;
}

/**
 * Runs PRE_BUILD or POST_BUILD; one that cannot be executed is a warning, as for dkms.
 * @throws KmodsmithError SCRIPT_FAILED, whose status dkms passes on.
 */
export async function runBuildScript(
  request: BuildRequest,
  name: ScriptName,
  {
    folder,
    log,
    writable = [],
  }: Pick<Compilation, 'folder' | 'log'> & { writable?: readonly SandboxFolder[] },
): Promise<void> {
  const directive = request.conf.scripts[name];
  if (directive === undefined) return;
  const { layout, module, settings } = request;
  const script = await findScript({ layout, module: module.name, name, directive, folder });
  if (script === undefined) {
    settings.onWarning(`${describe(request)}: ${name} '${directive}' is not executable and was not run`);
    return;
  }
  const description = `Running the ${name.toLowerCase()} script`;
  const step = { description, command: `cd ${script.folder} && ${script.command}` };
  const env = await buildEnvironment(request, folder);
  const argv = shellCommand(request, script.command, ...writable);
  const { exitCode, said } = await log.run(step, argv, { cwd: script.folder, env });
  if (exitCode === 0) return;
  throw new KmodsmithError(
    'SCRIPT_FAILED',
    quoting(`${describe(request)}: ${name} '${directive}' ended with status ${exitCode}`, scriptError(said)),
    { hint: logHint(log.path, said, settings), dkmsStatus: exitCode },
  );
}

async function make(request: BuildRequest, { command, folder, log }: Compilation): Promise<void> {
  const step = { description: 'Building module(s)', command };
  const env = await buildEnvironment(request, folder);
  const { exitCode, said } = await log.run(step, shellCommand(request, command), { cwd: folder, env });
  if (exitCode === 0) return;
  const title = `${describe(request)} does not compile: make ended with status ${exitCode}`;
  throw new KmodsmithError('BUILD_FAILED', quoting(title, firstBuildError(said)?.lines ?? []), {
    hint: logHint(log.path, said, request.settings),
  });
}

export interface BuiltObject {
  readonly name: string;
  readonly strip: boolean;
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Reads every `.ko` that is for this kernel. */
async function collectObjects(
  request: BuildRequest,
  { folder, log }: Compilation,
): Promise<readonly BuiltObject[]> {
  const objects: BuiltObject[] = [];
  for (const { built, name, strip } of request.objects) {
    const path = join(folder, `${built}.ko`);
    const bytes = await readMade(request, `${built}.ko`);
    if (bytes === undefined) throw notMade(request, built, log.path);
    const isLenient = request.settings.verification === 'lenient';
    const problem = isLenient ? findProblem(request, { name, bytes }) : undefined;
    if (problem !== undefined) request.settings.onWarning(`${problem.message}. ${problem.hint ?? ''}`);
    objects.push({ name, strip, path, bytes });
  }
  return objects;
}

function notMade(request: BuildRequest, built: string, log: string): KmodsmithError {
  return new KmodsmithError(
    'OBJECT_MISSING',
    `${describe(request)}: make succeeded, but ${built}.ko is not there`,
    { hint: `Compare BUILT_MODULE_NAME and BUILT_MODULE_LOCATION with what make says: ${log}` },
  );
}
