import { dirname, join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import { now } from '../system/clock.ts';
import { realPath, removeTree, writeAtomically } from '../system/files.ts';
import { Fingerprints } from '../system/fingerprint.ts';
import { type BuildRequest, describe } from './build-request.ts';
import { compile, makeCommand } from './compile.ts';
import { buildFolder, resultFolder } from './layout.ts';
import type { InputFile, Provenance } from './provenance.ts';
import { recordKernelInputs, sourceFiles } from './record.ts';
import { stage } from './stage.ts';
import { stagingName, swapIntoPlace } from './swap.ts';

/**
 * Compiles a module for a kernel in its build folder, checks the result and swaps it into the tree. Until then an
 * earlier build stays as it is. On failure `log` keeps what make said.
 * @throws KmodsmithError BUILD_FAILED, VERIFY_FAILED, INPUT_CHANGED, CONF_UNSUPPORTED, WRITE_FAILED.
 */
export async function buildModule(request: BuildRequest, log: string): Promise<Provenance> {
  refuseUnsupported(request);
  const staging = stagingFolder(request);
  try {
    const provenance = await buildInto(staging, request, log);
    await swapIntoPlace(staging, resultFolder(request.layout, coordinates(request)));
    return provenance;
  } finally {
    await removeTree(staging);
    await removeTree(buildFolder(request.layout, request.module));
  }
}

async function buildInto(staging: string, request: BuildRequest, log: string): Promise<Provenance> {
  const { layout, module, kernel, origin, directives, tree } = request;
  const started = { startedAt: now(), sources: sourceFiles(request.sourceFolder, new Fingerprints()) };
  const folder = buildFolder(layout, module);
  const make = makeCommand(request);
  const objects = await compile(request, { command: make, folder, log });
  const inputs = await recordKernelInputs({
    // kbuild resolves links in the path, from Linux 6.13 on.
    buildFolders: [folder, await realPath(folder)],
    tree,
    objects: objects.map((object) => object.bytes),
    fingerprints: new Fingerprints(),
  });
  const { headers, kbuild, kernelConfig, moduleSymvers } = inputs;
  refuseMovedInputs(request, started, [...headers, ...kbuild, kernelConfig, moduleSymvers]);
  const outputs = await stage({ tree, staging, folder, objects, log });
  const built = {
    module,
    kernel,
    origin,
    ...started,
    finishedAt: now(),
    make,
    directives,
    ...inputs,
    outputs,
  };
  const provenance: Provenance = { version: 1, ...built };
  await writeAtomically(join(staging, 'provenance.json'), JSON.stringify(provenance));
  return provenance;
}

function coordinates({ module, kernel }: BuildRequest) {
  return { module, release: kernel.release, arch: kernel.arch };
}

function refuseUnsupported(request: BuildRequest): void {
  const { unsupported } = request.conf;
  if (unsupported.length === 0) return;
  throw new KmodsmithError(
    'CONF_UNSUPPORTED',
    `${describe(request)} cannot be built: its dkms.conf uses ${unsupported.join(', ')}, which this version does not carry out`,
    { hint: 'Build this module with dkms until kmodsmith supports the directive.' },
  );
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

function stagingFolder({ layout, kernel, ...request }: BuildRequest): string {
  const result = resultFolder(layout, coordinates({ layout, kernel, ...request }));
  return join(dirname(result), stagingName(kernel.arch));
}
