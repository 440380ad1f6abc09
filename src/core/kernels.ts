import { join } from 'node:path';
import { parseKernelConfig } from '../formats/kernel-config.ts';
import { isKernelRelease } from '../formats/release-words.ts';
import type { HeadersState, KernelFacts } from '../policy/types.ts';
import { changeTime, exists, existsAsEntry, listFolder, readTextIfPresent } from '../system/files.ts';
import { machineName } from '../system/machine.ts';
import { resolveInRoot } from '../system/root.ts';
import { type Layout, modulesFolder } from './layout.ts';
import { findProgram } from './toolchain.ts';

/** Every kernel release that has a folder below /lib/modules, whether or not a kernel is behind it. */
export async function listReleases(layout: Layout): Promise<string[]> {
  const entries = await listFolder(layout.installTree);
  return entries
    .filter((entry) => entry.isDirectory() && isKernelRelease(entry.name))
    .map((entry) => entry.name);
}

/** What is on disk of one kernel. The image and the headers are separate facts (policy.md section 5, item 3). */
export async function readKernel(layout: Layout, release: string): Promise<KernelFacts> {
  const tree = await headersTree(layout, release);
  const image = await findImage(layout, release);
  const changes = await Promise.all(
    [image ?? '', join(tree, 'Module.symvers'), join(tree, '.config')].map(changeTime),
  );
  return {
    release,
    arch: machineName,
    image: image === undefined ? 'absent' : 'present',
    headers: await readHeadersState(layout, release, tree),
    changedAt: Math.max(...changes),
  };
}

/** The kernel build tree as a host path: what `/lib/modules/<release>/build` leads to. It need not exist. */
export async function headersTree(layout: Layout, release: string): Promise<string> {
  return resolveInRoot(layout.root, join('/lib/modules', release, 'build'));
}

/** The file of the kernel config, and its settings; auto.conf is what kbuild itself reads. */
export async function readKernelConfig(
  tree: string,
): Promise<{ path: string; settings: ReadonlyMap<string, string> } | undefined> {
  for (const path of [join(tree, 'include/config/auto.conf'), join(tree, '.config')]) {
    const text = await readTextIfPresent(path);
    if (text !== undefined) return { path, settings: parseKernelConfig(text) };
  }
  return undefined;
}

/** The folders that Debian's and others' build tree takes its Makefile from: the common headers. */
export async function includedTrees(layout: Layout, tree: string): Promise<string[]> {
  const makefile = (await readTextIfPresent(join(tree, 'Makefile'))) ?? '';
  if (makefile.length > 4096) return [];
  const included = [...makefile.matchAll(/^include (\/\S+)\/Makefile$/gm)].map(([, folder = '']) => folder);
  return Promise.all(
    included.map(async (folder) =>
      (await exists(folder)) && layout.root !== '/' ? folder : resolveInRoot(layout.root, folder),
    ),
  );
}

/** A folder of modules.order or of leftovers is no kernel: the image or its modules must be there. */
async function findImage(layout: Layout, release: string): Promise<string | undefined> {
  const modules = modulesFolder(layout, release);
  const candidates = [
    join(layout.bootFolder, `vmlinuz-${release}`),
    join(layout.bootFolder, `vmlinux-${release}`),
    join(modules, 'vmlinuz'),
    join(modules, 'kernel'),
  ];
  for (const path of candidates) if (await exists(path)) return path;
  return undefined;
}

/** What kbuild needs of a build tree to compile a module outside it (Documentation/kbuild/modules.rst). */
const neededFiles = [
  'Makefile',
  'Module.symvers',
  'include/generated/autoconf.h',
  'include/generated/utsrelease.h',
  'scripts/basic/fixdep',
  'scripts/mod/modpost',
];

async function readHeadersState(layout: Layout, release: string, tree: string): Promise<HeadersState> {
  const link = join(modulesFolder(layout, release), 'build');
  if (!(await existsAsEntry(link))) return { state: 'absent' };
  const why =
    (await findMissingPiece(layout, tree)) ??
    (await findOtherRelease(tree, release)) ??
    (await findMissingTool(tree));
  return why === undefined ? { state: 'ready' } : { state: 'unusable', why };
}

async function findMissingPiece(layout: Layout, tree: string): Promise<string | undefined> {
  if (!(await exists(tree))) return `${tree} is not there, although the kernel's build link leads to it`;
  for (const name of neededFiles)
    if (!(await exists(join(tree, name)))) return `${join(tree, name)} is missing`;
  if ((await readKernelConfig(tree)) === undefined) return `${tree} holds no kernel config`;
  for (const folder of await includedTrees(layout, tree)) {
    if (!(await exists(join(folder, 'Makefile'))))
      return `${folder}, which ${tree}/Makefile includes, is missing`;
  }
  return undefined;
}

async function findOtherRelease(tree: string, release: string): Promise<string | undefined> {
  const text = (await readTextIfPresent(join(tree, 'include/generated/utsrelease.h'))) ?? '';
  const found = /UTS_RELEASE "([^"]*)"/.exec(text)?.[1];
  return found === undefined || found === release ? undefined : `${tree} is for the kernel ${found}`;
}

async function findMissingTool(tree: string): Promise<string | undefined> {
  if ((await findProgram('make')) === undefined) return 'make is not installed';
  const config = await readKernelConfig(tree);
  const compiler = config?.settings.get('CONFIG_CC_VERSION_TEXT')?.split(' ')[0] ?? 'gcc';
  for (const program of [compiler, 'gcc', 'cc', 'clang'])
    if ((await findProgram(program)) !== undefined) return undefined;
  return `no C compiler is installed; the kernel was built with ${compiler}`;
}
