import { isAbsolute, join, resolve } from 'node:path';
import { readElf, sectionBytes } from '../../formats/elf.ts';
import { parseKbuildCommand } from '../../formats/kbuild-cmd.ts';
import { readContained } from '../../system/contained.ts';
import { Fingerprints, filesBelow, filesIn } from '../../system/fingerprint.ts';
import { patchOverrides } from '../build/patches.ts';
import type { BuildRequest } from '../build/request.ts';
import { scriptInputs } from '../build/script-inputs.ts';
import { identifyTool, type Tool } from '../build/toolchain.ts';
import type { KernelTree } from '../kernels.ts';
import { isBuildTool, isReadableByAll, leadsToSecret } from '../sandbox/claims.ts';
import type { InputFile, Provenance } from './provenance.ts';

/** What kbuild and the compiler read besides the module's own sources, found out after the build. */
export type KernelInputs = Pick<
  Provenance,
  'headers' | 'headerTrees' | 'kbuild' | 'kernelConfig' | 'moduleSymvers' | 'symbols' | 'tools'
>;

export interface FinishedBuild {
  /** The build folder. */
  readonly folder: string;
  /** Every path that kbuild may call it by. */
  readonly names: readonly string[];
  readonly tree: KernelTree;
  /** The `.ko` files as built. */
  readonly objects: readonly Uint8Array[];
  readonly symbols: Provenance['symbols'];
  /** Whether something decided by trying the headers how to compile: then all of them count. */
  readonly tried: boolean;
  /** Whether it was made in a sandbox: of what it says it used, only what it could use counts. */
  readonly isConfined: boolean;
  readonly fingerprints: Fingerprints;
}

export async function recordKernelInputs(build: FinishedBuild): Promise<KernelInputs> {
  const { headers, programs } = await readCommandFiles(build);
  const symvers = join(build.tree.path, 'Module.symvers');
  const config = build.tree.config?.path ?? '';
  return {
    headers: inputFiles(headers, build.fingerprints),
    headerTrees: headers.length > 0 && !build.tried ? [] : digestHeaders(build),
    kbuild: inputFiles(kbuildFiles(build), build.fingerprints),
    kernelConfig: inputFile(config, build.fingerprints),
    moduleSymvers: inputFile(symvers, build.fingerprints),
    symbols: build.symbols,
    tools: (await Promise.all([...programs].map(identifyTool))).filter(
      (tool): tool is Tool => tool !== undefined,
    ),
  };
}

/** A source file of the module as an input, its path relative to the source folder. */
export function sourceFiles(folder: string, fingerprints: Fingerprints): InputFile[] {
  const names = filesBelow(folder).filter((path) => !leadsToSecret(join(folder, path)));
  return names.flatMap((path) => {
    const fingerprint = fingerprints.of(join(folder, path));
    return fingerprint === undefined ? [] : [{ path, ...fingerprint }];
  });
}

/** What an admin lays over the module's source for building it, by absolute path. */
export function overrideInputs(request: Overridden): InputFile[] {
  return inputFiles(overridePaths(request), new Fingerprints());
}

/**
 * What the package's scripts and its build command read besides, by absolute path. Words say so, and may say anything: of
 * a sandboxed build counts what it could read.
 */
export async function readInputs(
  request: Overridden & { readonly settings: Pick<BuildRequest['settings'], 'sandbox'> },
): Promise<InputFile[]> {
  const overrides = new Set(overridePaths(request));
  const { sandbox } = request.settings;
  const paths = (await scriptInputs(request))
    .filter((path) => !overrides.has(path))
    .filter((path) => sandbox === undefined || isReadableByAll(path));
  return inputFiles(paths, new Fingerprints());
}

export type Overridden = Pick<BuildRequest, 'layout' | 'module' | 'conf'>;

/** Where that is, also what is not there. */
export function overridePaths({ layout, module, conf }: Overridden): string[] {
  const patches = patchOverrides({ layout, module });
  const { PRE_BUILD = '', POST_BUILD = '' } = conf.scripts;
  const scripts = [PRE_BUILD, POST_BUILD]
    .map((directive) => directive.trim().split(/\s+/)[0] ?? '')
    .filter((program) => program !== '')
    .map((program) => join(layout.configFolder, module.name, program));
  return [...filesBelow(patches).map((name) => join(patches, name)), ...scripts];
}

/** Bytes. Those of the largest modules are some 200 KB. */
const largestRecord = 16 * 1024 ** 2;

/** The `.cmd` files that kbuild leaves beside every object name the files read and the program that read them. */
async function readCommandFiles({ folder, names, tree, isConfined }: FinishedBuild) {
  const headers = new Set<string>();
  const programs = new Set<string>();
  for (const name of filesBelow(folder).filter(
    (path) => path.endsWith('.o.cmd') || path.endsWith('.ko.cmd'),
  )) {
    const { compiler, source, dependencies } = parseKbuildCommand(
      (await readContained(folder, name, largestRecord).catch(() => undefined))?.toString() ?? '',
    );
    if (compiler !== undefined && !isAbsolute(compiler) && !compiler.includes('/')) programs.add(compiler);
    for (const path of source === undefined ? dependencies : [source, ...dependencies]) {
      // Relative paths are relative to where kbuild ran: the build tree of the kernel.
      const absolute = resolve(tree.path, path);
      if (!names.some((own) => absolute.startsWith(`${own}/`))) headers.add(absolute);
    }
  }
  const found = [...headers].sort();
  if (!isConfined) return { headers: found, programs };
  return { headers: found.filter(isReadableByAll), programs: new Set([...programs].filter(isBuildTool)) };
}

/** Where nobody can tell what was read, everything counts. A build that went past kbuild leaves no `.cmd` files, either. */
function digestHeaders({ tree, fingerprints }: FinishedBuild): NonNullable<Provenance['headerTrees']> {
  return [tree.path, ...tree.includedTrees]
    .flatMap((folder) => [join(folder, 'include'), join(folder, 'arch')])
    .map((path) => ({
      path,
      digest: fingerprints.ofFolder(path),
      content: fingerprints.contentOfFolder(path),
    }));
}

const kbuildNames =
  /^(Makefile|\.kernelvariables|scripts\/(Makefile\S*|Kbuild\.include|module\.lds|mod\/modpost))$/;

/** Paths below a build tree; a folder link such as Debian's `scripts` is looked into. */
function kbuildFiles({ tree: { path: headersTree, includedTrees }, objects }: FinishedBuild): string[] {
  const wanted = [headersTree, ...includedTrees].flatMap((tree) =>
    ['', 'scripts/', 'scripts/mod/'].flatMap((folder) =>
      filesIn(join(tree, folder))
        .map((name) => `${folder}${name}`)
        .filter((path) => kbuildNames.test(path))
        .map((path) => join(tree, path)),
    ),
  );
  // Type data in a module refers to that of vmlinux by number; with another vmlinux it does not load.
  return objects.some(hasTypeData) ? [...wanted, join(headersTree, 'vmlinux')] : wanted;
}

function hasTypeData(object: Uint8Array): boolean {
  const elf = readElf(object);
  return elf !== undefined && sectionBytes(elf, object, '.BTF') !== undefined;
}

function inputFiles(paths: readonly string[], fingerprints: Fingerprints): InputFile[] {
  return paths.flatMap((path) => {
    const fingerprint = fingerprints.of(path);
    return fingerprint === undefined ? [] : [{ path, ...fingerprint }];
  });
}

function inputFile(path: string, fingerprints: Fingerprints): InputFile {
  return (
    inputFiles([path], fingerprints)[0] ?? { path, sha256: '', size: 0, inode: 0, modified: 0, changed: 0 }
  );
}
