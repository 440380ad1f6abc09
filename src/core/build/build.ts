import { dirname, join } from 'node:path';
import { KmodsmithError } from '../../errors.ts';
import { now } from '../../system/clock.ts';
import {
  copyAtomically,
  exists,
  makeFolder,
  realPath,
  removeTree,
  writeAtomically,
} from '../../system/files.ts';
import { Fingerprints } from '../../system/fingerprint.ts';
import { removedWhenStopped } from '../../system/running.ts';
import { forgetConfs } from '../conf/conf-memo.ts';
import { resultFolder } from '../layout.ts';
import type { InputFile, Provenance } from '../provenance/provenance.ts';
import { overrideInputs, readInputs, recordKernelInputs, sourceFiles } from '../provenance/record.ts';
import { lend, removeLent, takeBack } from '../sandbox/lend.ts';
import { recordSigning } from '../signing/signing-record.ts';
import { installedVersions } from '../tree.ts';
import { importedVersions, readSymbolTable } from '../verify/kernel-symbols.ts';
import { isParsed, parseObject } from '../verify/module-needs.ts';
import { verifyBuilt } from '../verify/verify.ts';
import { abandonFolder, type BuildRun, collectObjects, compile, copySource, makeCommand } from './compile.ts';
import { recordContext } from './context.ts';
import { buildEnvironment } from './environment.ts';
import { BuildLog } from './log.ts';
import { placeOf } from './place.ts';
import { runPostBuild } from './post-build.ts';
import { type BuildRequest, describe } from './request.ts';
import { isDecidedByTrying } from './script-inputs.ts';
import { stage } from './stage.ts';
import { stagingName, swapIntoPlace } from './swap.ts';

/**
 * Compiles a module for a kernel in its build folder, checks the result and swaps it into the tree. Until then an
 * earlier build stays as it is. On failure `logFile` keeps what make said. POST_BUILD comes last, when the result is
 * in place: one that fails is an error, but the module stays built.
 * @throws KmodsmithError SOURCE_EMPTY, PATCH_MISSING, PATCH_FAILED, SCRIPT_FAILED, BUILD_FAILED, OBJECT_MISSING,
 * VERIFY_FAILED, SIGNING_IMPOSSIBLE, INPUT_CHANGED, WRITE_FAILED.
 */
export async function buildModule(request: BuildRequest, logFile: string): Promise<Provenance> {
  const staging = stagingFolder(request);
  const place = placeOf(request);
  using _cleanup = removedWhenStopped(place.folder, staging);
  try {
    await copySource(request, place.folder);
    // Where the folder is seen, there has to be one.
    await makeFolder(place.seenAs);
    const log = await BuildLog.start(logFile, request);
    // What runs inside opens /dev/stderr, which is the log, too.
    await lend(request.settings, place.folder, log.path);
    const begun = await recordStart(request);
    const run = { ...place, log, environment: await buildEnvironment(request, begun.sources) };
    await compile(request, run);
    const afterwards = request.settings.afterCompiling ?? ((work) => work());
    const provenance = await afterwards(() => finish(staging, request, { run, begun }));
    const result = resultFolder(request.layout, coordinates(request));
    await keepLog(log, staging);
    await swapIntoPlace(staging, result);
    await runPostBuild(request, run);
    if (request.conf.scripts.POST_BUILD !== undefined) await keepLog(log, result);
    await removeLent(request.settings, place.folder);
    return provenance;
  } catch (error) {
    await (request.settings.keepFailed
      ? abandonFolder(place.folder)
      : removeLent(request.settings, place.folder));
    throw error;
  } finally {
    forgetConfs();
    if (await exists(logFile)) await takeBack(request.settings, logFile);
    await removeTree(staging);
  }
}

/** What is known before the first program runs. */
type Beginning = Pick<Provenance, 'startedAt' | 'sources' | 'overrides' | 'reads' | 'dependencies'>;

async function recordStart(request: BuildRequest): Promise<Beginning> {
  return {
    startedAt: now(),
    sources: sourceFiles(request.sourceFolder, new Fingerprints()),
    overrides: overrideInputs(request),
    reads: await readInputs(request),
    dependencies: await installedVersions(request.layout, request.kernel, request.conf.depends),
  };
}

/** Verifies what was made, lays it out and records from what it was made. */
async function finish(
  staging: string,
  request: BuildRequest,
  { run, begun }: { readonly run: BuildRun; readonly begun: Beginning },
): Promise<Provenance> {
  const { module, kernel, origin, directives, tree, settings } = request;
  const { folder, seenAs } = run;
  const objects = await collectObjects(request, run);
  const parsed = objects.map((object) => parseObject(object) ?? object);
  const modules = parsed.filter(isParsed);
  const table = await readSymbolTable(tree, modules);
  if (settings.verification === 'strict') await verifyBuilt(request, { objects: parsed, table });
  const inputs = await recordKernelInputs({
    folder,
    // kbuild resolves links in the path, from Linux 6.13 on.
    names: [seenAs, await realPath(seenAs)],
    tree,
    objects: objects.map((object) => object.bytes),
    symbols: importedVersions(modules, table),
    tried: isDecidedByTrying(request, folder),
    isConfined: settings.sandbox !== undefined,
    fingerprints: new Fingerprints(),
  });
  const { headers, kbuild, kernelConfig, moduleSymvers } = inputs;
  const read = [...headers, ...kbuild, kernelConfig, moduleSymvers];
  if (settings.verification === 'strict') refuseMovedInputs(request, begun, read);
  const outputs = await stage({ request, staging, run, objects });
  const signing = await recordSigning(settings.signing);
  const context = await recordContext(request, run);
  const finishedAt = now();
  const provenance: Provenance = {
    version: 1,
    ...{
      module,
      kernel,
      origin,
      ...begun,
      finishedAt,
      make: makeCommand(request),
      ...inputs,
      outputs,
      signing,
    },
    context,
    directives: directives(),
  };
  await writeAtomically(join(staging, 'provenance.json'), JSON.stringify(provenance));
  return provenance;
}

/** The log goes with the build that it tells of, whatever else is there. */
async function keepLog(log: BuildLog, result: string): Promise<void> {
  if (await exists(log.path)) await copyAtomically(log.path, join(result, 'log/make.log'));
}

function coordinates({ module, kernel }: BuildRequest) {
  return { module, release: kernel.release, arch: kernel.arch };
}

/** Files that changed while they were being compiled make a build of which nobody knows what it is. */
function refuseMovedInputs(
  request: BuildRequest,
  started: { startedAt: number },
  inputs: readonly InputFile[],
): void {
  // The kernel's file times run up to a tick behind the clock.
  const moved = inputs.find((file) => file.changed >= started.startedAt);
  if (moved === undefined) return;
  throw new KmodsmithError(
    'INPUT_CHANGED',
    `${describe(request)}: ${moved.path} changed while the module was being built`,
    {
      hint: "Run 'kmodsmith run' once the packages are installed.",
    },
  );
}

function stagingFolder(request: BuildRequest): string {
  const result = resultFolder(request.layout, coordinates(request));
  return join(dirname(result), stagingName(request.kernel.arch));
}
