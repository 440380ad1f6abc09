import { join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import { firstBuildError } from '../formats/compiler-log.ts';
import { readElf, undefinedSymbols } from '../formats/elf.ts';
import { readModinfo, vermagicRelease } from '../formats/modinfo.ts';
import { run, runChecked } from '../system/exec.ts';
import { exists, readBytes, readTextIfPresent, removeTree, writeAtomically } from '../system/files.ts';
import { processorCount } from '../system/machine.ts';
import { killMarked } from '../system/orphans.ts';
import { type BuildRequest, describe } from './build-request.ts';
import { buildFolder } from './layout.ts';

export interface Compilation {
  /** The shell command that builds. */
  readonly command: string;
  readonly folder: string;
  readonly log: string;
}

/**
 * Copies the source to the build folder, runs its build command there and reads the modules that it made.
 * @throws KmodsmithError BUILD_FAILED, VERIFY_FAILED, COMMAND_FAILED, WRITE_FAILED.
 */
export async function compile(request: BuildRequest, options: Compilation): Promise<readonly BuiltObject[]> {
  await copySource(request.sourceFolder, options.folder);
  await writeAtomically(options.log, logHeader(request, options.command));
  await make(request, options);
  return collectObjects(request, options);
}

async function copySource(source: string, folder: string): Promise<void> {
  await removeTree(folder);
  await writeAtomically(join(folder, buildMark), '');
  await runChecked(['cp', '-a', '--reflink=auto', `${source}/.`, folder]);
}

/** Tells our build folder from dkms's, which is at the same place and may be in use. */
const buildMark = '.kmodsmith-build';

/** What every process of a build has in its environment; by it they are found when the engine has died. */
const processMark = 'KMODSMITH_BUILD';

/** Ends and removes what a build of ours left that did not come to its end. */
export async function removeUnfinished(folder: string): Promise<void> {
  if (!(await exists(join(folder, buildMark)))) return;
  await killMarked(`${processMark}=${folder}`);
  await removeTree(folder);
}

/** The build command as dkms composes it (dkms-compat.md section 2.6): job count and release go right after `make`. */
export function makeCommand({ conf, layout, module }: BuildRequest): string {
  const plain = `make -C "$kernel_source_dir" M="${buildFolder(layout, module)}"`;
  const command = conf.make ?? plain;
  const rest = /^make(?=\s|$)/.test(command) ? command.slice('make'.length) : undefined;
  return rest === undefined ? command : `make -j${processorCount} KERNELRELEASE="$kernelver"${rest}`;
}

/** Sets the dkms.conf variables without exporting them, then evaluates the command, as dkms does. */
const evaluator = `
command=$1
shift
for setting; do printf -v "\${setting%%=*}" %s "\${setting#*=}"; done
eval "$command"
`;

async function make(request: BuildRequest, options: Compilation): Promise<void> {
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
        [processMark]: options.folder,
      },
      logFile: options.log,
    },
  );
  if (result.exitCode !== 0)
    throw await buildFailed(request, options, `make ended with status ${result.exitCode}`);
}

function logHeader(request: BuildRequest, command: string): string {
  return `# ${describe(request)}\n# ${command}\n`;
}

async function buildFailed(
  request: BuildRequest,
  { log, command }: Compilation,
  what: string,
): Promise<KmodsmithError> {
  // The command itself may hold the word error.
  const said = ((await readTextIfPresent(log)) ?? '').slice(logHeader(request, command).length);
  const found = firstBuildError(said);
  const lines = found === undefined ? '' : `\n${found.lines.join('\n')}`;
  return new KmodsmithError('BUILD_FAILED', `${describe(request)} does not compile: ${what}${lines}`, {
    hint: `The whole log: ${log}`,
  });
}

export interface BuiltObject {
  readonly name: string;
  readonly strip: boolean;
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Reads every `.ko` and refuses one that was made for another kernel: sloppy Makefiles ask `uname -r`. */
async function collectObjects(
  request: BuildRequest,
  compilation: Compilation,
): Promise<readonly BuiltObject[]> {
  const objects: BuiltObject[] = [];
  for (const { built, name, strip } of request.conf.objects) {
    const path = join(compilation.folder, `${built}.ko`);
    const bytes = await readBytes(path).catch(() => undefined);
    if (bytes === undefined)
      throw await buildFailed(request, compilation, `make succeeded, but ${built}.ko is not there`);
    const modinfo = readModinfo(bytes);
    const release = modinfo === undefined ? undefined : vermagicRelease(modinfo);
    if (release !== request.kernel.release) throw wrongKernel(request, name, release);
    refuseDamaged(request, { name, bytes });
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

/** Of a module without a sound symbol table nobody knows what it needs; the kernel would refuse it. */
function refuseDamaged(request: BuildRequest, { name, bytes }: { name: string; bytes: Uint8Array }): void {
  const elf = readElf(bytes);
  if (elf !== undefined && undefinedSymbols(elf, bytes) !== undefined) return;
  throw new KmodsmithError(
    'VERIFY_FAILED',
    `${describe(request)}: the symbol table of ${name}.ko is missing or damaged`,
    { hint: 'Its Makefile must not strip the module; kmodsmith does so itself, as STRIP in dkms.conf says.' },
  );
}
