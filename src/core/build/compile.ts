import { join } from 'node:path';
import { KmodsmithError } from '../../errors.ts';
import { firstBuildError } from '../../formats/compiler-log.ts';
import { quoting, scriptError } from '../../formats/step-log.ts';
import { type RunOptions, runChecked } from '../../system/exec.ts';
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
import { processMark } from './environment.ts';
import type { BuildLog } from './log.ts';
import { applyPatches } from './patches.ts';
import { asSeen, type BuildPlace } from './place.ts';
import { type BuildRequest, describe } from './request.ts';
import { findScript } from './scripts.ts';
import { shellCommand } from './shell.ts';

/** A build under way. */
export interface BuildRun extends BuildPlace {
  readonly log: BuildLog;
  /** What its programs see. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Patches the copied source, then runs PRE_BUILD and the build command there.
 * @throws KmodsmithError PATCH_MISSING, PATCH_FAILED, SCRIPT_FAILED, BUILD_FAILED.
 */
export async function compile(request: BuildRequest, run: BuildRun): Promise<void> {
  await applyPatches(request, run);
  await runBuildScript(request, 'PRE_BUILD', run);
  await make(request, run);
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
  if (await isUnfinished(folder)) await removePrivate(folder);
}

/** The same for one where nobody else's could be. */
export async function removePrivate(folder: string): Promise<void> {
  await killMarked(`${processMark}=${folder}`);
  // It was lent, and its paths may be longer than any call takes.
  await runChecked(['rm', '-rf', '--', folder]);
}

/** Leaves a failed build's folder to whoever wants to look at it: it is nobody's any more. */
export async function abandonFolder(folder: string): Promise<void> {
  await removeTree(join(folder, buildMark));
}

/** The build command as dkms composes it (dkms-compat.md section 2.6): job count and release go right after `make`. */
export function makeCommand({ conf, layout, module, kernel, tree, settings }: BuildRequest): string {
  const plain = `make -C "$kernel_source_dir" M="${buildFolder(layout, module)}"`;
  const command = conf.make ?? plain;
  const rest = /^make(?=\s|$)/.test(command) ? command.slice('make'.length) : undefined;
  const whole =
    rest === undefined ? command : `make${jobsOption(settings)} KERNELRELEASE=${kernel.release}${rest}`;
  const words = settings.toolchain?.makeWords ?? (isBuiltByClang(tree.config?.settings) ? ['LLVM=1'] : []);
  return [whole, ...words].join(' ');
}

/** A make with a number of its own would take no part in the jobserver. */
function jobsOption({ jobserver, jobs, framework }: BuildRequest['settings']): string {
  if (jobserver !== undefined) return '';
  const wanted = jobs ?? framework.parallelJobs ?? processorCount;
  return ` -j${wanted === 0 ? '' : wanted}`;
}

/**
 * Runs PRE_BUILD or POST_BUILD; one that cannot be executed is a warning, as for dkms.
 * @throws KmodsmithError SCRIPT_FAILED, whose status dkms passes on.
 */
export async function runBuildScript(
  request: BuildRequest,
  name: ScriptName,
  { writable = [], ...run }: BuildRun & { writable?: readonly SandboxFolder[] },
): Promise<void> {
  const directive = request.conf.scripts[name];
  if (directive === undefined) return;
  const { layout, module, settings } = request;
  const script = await findScript({ layout, module: module.name, name, directive, folder: run.folder });
  if (script === undefined) {
    settings.onWarning(`${describe(request)}: ${name} '${directive}' is not executable and was not run`);
    return;
  }
  const description = `Running the ${name.toLowerCase()} script`;
  const cwd = asSeen(script.folder, run);
  const command = `${asSeen(script.program, run)}${script.words}`;
  const step = { description, command: `cd ${cwd} && ${command}` };
  const argv = shellCommand(request, command, ...writable);
  const { exitCode, said } = await run.log.run(step, argv, { cwd, ...started(request, run) });
  if (exitCode === 0) return;
  throw new KmodsmithError(
    'SCRIPT_FAILED',
    quoting(`${describe(request)}: ${name} '${directive}' ended with status ${exitCode}`, scriptError(said)),
    { hint: logHint(run.log.path, said, settings), dkmsStatus: exitCode },
  );
}

async function make(request: BuildRequest, run: BuildRun): Promise<void> {
  const command = makeCommand(request);
  const step = { description: 'Building module(s)', command };
  const argv = shellCommand(request, command);
  const { exitCode, said } = await run.log.run(step, argv, { cwd: run.seenAs, ...started(request, run) });
  if (exitCode === 0) return;
  const title = `${describe(request)} does not compile: make ended with status ${exitCode}`;
  throw new KmodsmithError('BUILD_FAILED', quoting(title, firstBuildError(said)?.lines ?? []), {
    hint: logHint(run.log.path, said, request.settings),
  });
}

/** What every program of a build is started with. */
function started({ settings }: BuildRequest, { environment }: BuildRun): RunOptions {
  return { env: environment, descriptors: settings.jobserver?.descriptors ?? [] };
}

export interface BuiltObject {
  readonly name: string;
  readonly strip: boolean;
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads every `.ko` that is for this kernel.
 * @throws KmodsmithError OBJECT_MISSING, VERIFY_FAILED.
 */
export async function collectObjects(
  request: BuildRequest,
  { folder, log }: BuildRun,
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
