import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import { firstBuildError } from '../formats/compiler-log.ts';
import { moduleCompression } from '../formats/kernel-config.ts';
import { readModinfo, vermagicRelease } from '../formats/modinfo.ts';
import type { KernelId, ModuleId, Origin } from '../policy/types.ts';
import { now } from '../system/clock.ts';
import { run, runChecked } from '../system/exec.ts';
import {
  copyAtomically,
  makeFolder,
  readBytes,
  readTextIfPresent,
  removeTree,
  writeAtomically,
} from '../system/files.ts';
import { Fingerprints, sha256 } from '../system/fingerprint.ts';
import { processorCount } from '../system/machine.ts';
import { compressModule } from './compress.ts';
import type { ModuleConf } from './directives.ts';
import type { ConfVariables } from './dkms-conf.ts';
import { includedTrees, readKernelConfig } from './kernels.ts';
import { buildFolder, type Layout, resultFolder } from './layout.ts';
import type { InputFile, Provenance } from './provenance.ts';
import { recordKernelInputs, sourceFiles } from './record.ts';
import { swapIntoPlace } from './swap.ts';

export interface BuildRequest {
  readonly layout: Layout;
  readonly module: ModuleId;
  readonly kernel: KernelId;
  readonly origin: Origin;
  readonly conf: ModuleConf;
  /** SHA-256 of the evaluated directives. */
  readonly directives: string;
  readonly variables: ConfVariables;
  readonly sourceFolder: string;
  readonly headersTree: string;
}

/**
 * Compiles a module for a kernel in its build folder, checks the result and swaps it into the tree. Until then an
 * earlier build stays as it is. On failure `log` keeps what make said.
 * @throws KmodsmithError BUILD_FAILED, VERIFY_FAILED, INPUT_CHANGED, CONF_UNSUPPORTED, WRITE_FAILED.
 */
export async function buildModule(request: BuildRequest, log: string): Promise<Provenance> {
  refuseUnsupported(request);
  const started = { startedAt: now(), sources: sourceFiles(request.sourceFolder, new Fingerprints()) };
  const folder = buildFolder(request.layout, request.module);
  const command = makeCommand(request);
  await copySource(request.sourceFolder, folder);
  await writeAtomically(log, `# ${describe(request)}\n# ${command}\n`);
  await make(request, { command, folder, log });
  const objects = await collectObjects(request, { folder, log });
  const inputs = await recordKernelInputs({
    buildFolder: folder,
    headersTree: request.headersTree,
    includedTrees: await includedTrees(request.layout, request.headersTree),
    objects: objects.map((object) => object.bytes),
    fingerprints: new Fingerprints(),
  });
  refuseMovedInputs(request, started, [...inputs.headers, ...inputs.kbuild, inputs.kernelConfig]);
  const staging = stagingFolder(request);
  try {
    const outputs = await stage(request, { staging, folder, objects, log });
    const { module, kernel, origin, directives } = request;
    const provenance: Provenance = {
      version: 1,
      module,
      kernel,
      origin,
      ...started,
      finishedAt: now(),
      make: command,
      directives,
      ...inputs,
      outputs,
    };
    await writeAtomically(join(staging, 'provenance.json'), JSON.stringify(provenance));
    await swapIntoPlace(staging, resultFolder(request.layout, coordinates(request)));
    return provenance;
  } finally {
    await removeTree(staging);
    await removeTree(folder);
  }
}

function coordinates({ module, kernel }: BuildRequest) {
  return { module, release: kernel.release, arch: kernel.arch };
}

function describe({ module, kernel }: BuildRequest): string {
  return `${module.name} ${module.version} for ${kernel.release}`;
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

async function copySource(source: string, folder: string): Promise<void> {
  await removeTree(folder);
  await makeFolder(dirname(folder));
  await runChecked(['cp', '-a', '--reflink=auto', `${source}/`, folder]);
}

/** The build command as dkms composes it (dkms-compat.md section 2.6): job count and release go right after `make`. */
function makeCommand({ conf, kernel, layout, module }: BuildRequest): string {
  const plain = `make -C "$kernel_source_dir" M="${buildFolder(layout, module)}"`;
  const command = conf.make ?? plain;
  const rest = /^make(?=\s|$)/.test(command) ? command.slice('make'.length) : undefined;
  return rest === undefined ? command : `make -j${processorCount} KERNELRELEASE=${kernel.release}${rest}`;
}

/** Sets the dkms.conf variables without exporting them, then evaluates the command, as dkms does. */
const evaluator = `
command=$1
shift
for setting; do printf -v "\${setting%%=*}" %s "\${setting#*=}"; done
eval "$command"
`;

async function make(
  request: BuildRequest,
  options: { command: string; folder: string; log: string },
): Promise<void> {
  const { variables, module, kernel } = request;
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const result = await run(
    ['bash', '--noprofile', '--norc', '-c', evaluator, 'make', options.command, ...settings],
    {
      cwd: options.folder,
      env: {
        module: module.name,
        module_version: module.version,
        kernelver: kernel.release,
        arch: kernel.arch,
      },
      logFile: options.log,
    },
  );
  if (result.exitCode !== 0)
    throw await buildFailed(request, options.log, `make ended with status ${result.exitCode}`);
}

async function buildFailed(request: BuildRequest, log: string, what: string): Promise<KmodsmithError> {
  const found = firstBuildError((await readTextIfPresent(log)) ?? '');
  const lines = found === undefined ? '' : `\n${found.lines.join('\n')}`;
  return new KmodsmithError('BUILD_FAILED', `${describe(request)} does not compile: ${what}${lines}`, {
    hint: `The whole log: ${log}`,
  });
}

interface BuiltObject {
  readonly name: string;
  readonly strip: boolean;
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Reads every `.ko` and refuses one that was made for another kernel: sloppy Makefiles ask `uname -r`. */
async function collectObjects(request: BuildRequest, { folder, log }: { folder: string; log: string }) {
  const objects: BuiltObject[] = [];
  for (const { built, name, strip } of request.conf.objects) {
    const path = join(folder, `${built}.ko`);
    const bytes = await readBytes(path).catch(() => undefined);
    if (bytes === undefined)
      throw await buildFailed(request, log, `make succeeded, but ${built}.ko is not there`);
    const modinfo = readModinfo(bytes);
    const release = modinfo === undefined ? undefined : vermagicRelease(modinfo);
    if (release !== request.kernel.release) throw wrongKernel(request, name, release);
    objects.push({ name, strip, path, bytes });
  }
  return objects;
}

function wrongKernel(request: BuildRequest, name: string, release: string | undefined): KmodsmithError {
  const found = release === undefined ? 'has no vermagic' : `was made for ${release}`;
  return new KmodsmithError(
    'VERIFY_FAILED',
    `${describe(request)}: ${name}.ko ${found}, so the kernel would refuse it`,
    {
      hint: "Its Makefile probably asks 'uname -r' instead of using $kernelver or $kernel_source_dir.",
    },
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

/** dkms's own name for it, so that dkms cleans up what a crash leaves. */
function stagingFolder({ layout, kernel, ...request }: BuildRequest): string {
  const result = resultFolder(layout, coordinates({ layout, kernel, ...request }));
  return join(dirname(result), `.tmp_${kernel.arch}_${randomBytes(3).toString('hex')}`);
}

interface Staging {
  readonly staging: string;
  readonly folder: string;
  readonly objects: readonly BuiltObject[];
  readonly log: string;
}

async function stage(
  request: BuildRequest,
  { staging, folder, objects, log }: Staging,
): Promise<Provenance['outputs']> {
  const settings = (await readKernelConfig(request.headersTree))?.settings ?? new Map();
  const outputs: Provenance['outputs'][number][] = [];
  await makeFolder(join(staging, 'module'));
  for (const { name, strip, path } of objects) {
    if (strip) await runChecked(['strip', '--strip-debug', path]);
    const file = await compressModule(path, moduleCompression(settings));
    const target = join(staging, 'module', `${name}${file.slice(file.lastIndexOf('.ko'))}`);
    await copyAtomically(file, target);
    const bytes = await readBytes(target);
    outputs.push({
      name: target.slice(target.lastIndexOf('/') + 1),
      size: bytes.length,
      sha256: sha256(bytes),
    });
  }
  const symvers = join(folder, 'Module.symvers');
  if ((await readTextIfPresent(symvers)) !== undefined)
    await copyAtomically(symvers, join(staging, 'module/Module.symvers'));
  await copyAtomically(log, join(staging, 'log/make.log'));
  return outputs;
}
