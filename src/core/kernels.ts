import { join } from 'node:path';
import type { Distribution } from '../distros/index.ts';
import { type KernelConfig, parseKernelConfig } from '../formats/kernel-config.ts';
import { isKernelRelease } from '../formats/release-words.ts';
import type { HeadersState, KernelFacts } from '../policy/types.ts';
import { changeTime, exists, existsAsEntry, listFolder, readTextIfPresent } from '../system/files.ts';
import { machineName, runningRelease } from '../system/machine.ts';
import { insideRoot, resolveInRoot } from '../system/root.ts';
import { findProgram } from './build/toolchain.ts';
import { readInitramfs } from './initramfs/images.ts';
import { type Layout, modulesFolder } from './layout.ts';

/** Every kernel release that has a folder below /lib/modules, whether or not a kernel is behind it. */
export async function listReleases(layout: Layout): Promise<string[]> {
  const entries = await listFolder(layout.installTree);
  return entries
    .filter((entry) => entry.isDirectory() && isKernelRelease(entry.name))
    .map((entry) => entry.name);
}

/** What compiling for a kernel takes from its build tree; read once, it serves every module. */
export interface KernelTree {
  readonly release: string;
  /** The build tree as a host path: what `/lib/modules/<release>/build` leads to. It need not exist. */
  readonly path: string;
  readonly config?: KernelConfigFile;
  /** The kernel's own, when a command line gives another `config`: what its modules look like does not change by that. */
  readonly own?: KernelConfigFile;
  readonly includedTrees: readonly string[];
  /** Set for a tree that is looked at in place of the kernel's own, before it is installed. */
  readonly given?: GivenTree;
}

/** Where what a build was made from is found in a tree that stands in for the kernel's own. */
export interface GivenTree {
  /** What a dkms.conf would know the tree by, were it installed: `kernel_source_dir`. */
  readonly place: string;
  /** Files and folders of the machine, and what is in their place; the first that fits counts. */
  readonly moved: readonly { readonly from: string; readonly to: string }[];
}

interface KernelConfigFile {
  readonly path: string;
  readonly settings: KernelConfig;
}

/** What a command line gives instead of the kernel's own, as host paths. */
export interface KernelTreeOverrides {
  readonly sourceFolder?: string | undefined;
  readonly config?: string | undefined;
}

export async function readKernelTree(
  layout: Layout,
  release: string,
  { sourceFolder, config: configFile }: KernelTreeOverrides = {},
): Promise<KernelTree> {
  const path = sourceFolder ?? (await linkedTree(layout, release));
  const config = await readKernelConfig(path, configFile);
  const own = configFile === undefined ? undefined : await readKernelConfig(path, undefined);
  const included = await includedTrees(layout, path);
  return {
    ...{ release, path, includedTrees: included },
    ...(config !== undefined && { config }),
    ...(own !== undefined && { own }),
  };
}

async function linkedTree({ root, installTree }: Layout, release: string): Promise<string> {
  return resolveInRoot(root, insideRoot(root, join(installTree, release, 'build')));
}

/** What is on disk of one kernel. The image and the headers are separate facts (policy.md section 5, item 3). */
export async function readKernel(
  layout: Layout,
  tree: KernelTree,
  distribution: Distribution,
): Promise<KernelFacts> {
  const { release, path } = tree;
  const image = await findImage(layout, release);
  const initramfs = await readInitramfs(layout, release);
  const changes = await Promise.all(
    [image ?? '', join(path, 'Module.symvers'), join(path, '.config')].map(changeTime),
  );
  return {
    release,
    arch: machineName,
    image: image === undefined ? 'absent' : 'present',
    headers:
      (await readHeadersState(layout, tree, distribution)) ??
      (await absentHeaders(layout, release, distribution)),
    changedAt: Math.max(...changes),
    ...(initramfs !== undefined && { initramfs }),
    ...(layout.root === '/' && release === runningRelease && { running: true }),
  };
}

/** The file of the kernel config, and its settings; auto.conf is what kbuild itself reads. */
async function readKernelConfig(
  tree: string,
  given: string | undefined,
): Promise<KernelConfigFile | undefined> {
  const own = [join(tree, 'include/config/auto.conf'), join(tree, '.config')];
  for (const path of given === undefined ? own : [given]) {
    const text = await readText(path);
    if (text !== undefined) return { path, settings: parseKernelConfig(text) };
  }
  return undefined;
}

/** The programs that a build for the kernel may start; a new one may make a failed build succeed. */
export function buildPrograms({ config }: KernelTree): string[] {
  return ['make', ...compilers(config), 'ld', 'ld.lld'];
}

function compilers(config: KernelConfigFile | undefined): string[] {
  const own = config?.settings.get('CONFIG_CC_VERSION_TEXT')?.split(' ')[0] ?? 'gcc';
  return [...new Set([own, 'gcc', 'cc', 'clang'])];
}

/** The folders that Debian's and others' build tree takes its Makefile from: the common headers. */
async function includedTrees(layout: Layout, tree: string): Promise<string[]> {
  const makefile = (await readText(join(tree, 'Makefile'))) ?? '';
  if (makefile.length > 4096) return [];
  const included = [...makefile.matchAll(/^include (\/\S+)\/Makefile$/gm)].map(([, folder = '']) => folder);
  return Promise.all(
    included.map(async (folder) =>
      (await exists(folder)) && layout.root !== '/' ? folder : resolveInRoot(layout.root, folder),
    ),
  );
}

/** Of a kernel, its image or its own modules. A folder of modules.order or of leftovers is no kernel. */
export async function findImage(layout: Layout, release: string): Promise<string | undefined> {
  const modules = modulesFolder(layout, release);
  const candidates = [
    join(layout.bootFolder, `vmlinuz-${release}`),
    join(layout.bootFolder, `vmlinux-${release}`),
    join(modules, 'vmlinuz'),
  ];
  for (const path of candidates) if (await exists(path)) return path;
  const drivers = join(modules, 'kernel');
  return (await listFolder(drivers)).length > 0 ? drivers : undefined;
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

async function absentHeaders(
  layout: Layout,
  release: string,
  distribution: Distribution,
): Promise<HeadersState> {
  const pkgbase = (await readText(join(modulesFolder(layout, release), 'pkgbase')))?.trim();
  const name = distribution.headersPackage(release, pkgbase || undefined);
  return { state: 'absent', ...(name !== undefined && { package: name }) };
}

/** Undefined when there are none. */
async function readHeadersState(
  layout: Layout,
  tree: KernelTree,
  { imageBringsBuildLink }: Distribution,
): Promise<HeadersState | undefined> {
  const link = join(modulesFolder(layout, tree.release), 'build');
  const isThere = imageBringsBuildLink ? await exists(tree.path) : await existsAsEntry(link);
  if (tree.given === undefined && !isThere) return undefined;
  const why =
    (await findMissingPiece(tree)) ?? (await findOtherRelease(tree)) ?? (await findMissingTool(tree));
  return why === undefined ? { state: 'ready' } : { state: 'unusable', why };
}

async function findMissingPiece({ path, config, includedTrees }: KernelTree): Promise<string | undefined> {
  if (!(await exists(path))) return `${path} is not there, although the kernel's build link leads to it`;
  for (const name of neededFiles)
    if (!(await exists(join(path, name)))) return `${join(path, name)} is missing`;
  if (config === undefined) return `${path} holds no kernel config`;
  for (const folder of includedTrees) {
    if (!(await exists(join(folder, 'Makefile'))))
      return `${folder}, which ${path}/Makefile includes, is missing`;
  }
  return undefined;
}

async function findOtherRelease({ path, release }: KernelTree): Promise<string | undefined> {
  const found = await releaseOfTree(path);
  return found === undefined || found === release ? undefined : `${path} is for the kernel ${found}`;
}

/** Where a build tree says which kernel it is for. */
export const releaseFile = 'include/generated/utsrelease.h';

export async function releaseOfTree(path: string): Promise<string | undefined> {
  const text = (await readText(join(path, releaseFile))) ?? '';
  return /UTS_RELEASE "([^"]*)"/.exec(text)?.[1];
}

async function findMissingTool({ config }: KernelTree): Promise<string | undefined> {
  if ((await findProgram('make')) === undefined) return 'make is not installed';
  const [own, ...others] = compilers(config);
  for (const program of [own ?? 'gcc', ...others])
    if ((await findProgram(program)) !== undefined) return undefined;
  return `no C compiler is installed; the kernel was built with ${own}`;
}

/** What cannot be read counts as missing: a broken tree is a fact about one kernel, not an error. */
async function readText(path: string): Promise<string | undefined> {
  return readTextIfPresent(path).catch(() => undefined);
}
