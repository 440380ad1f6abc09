import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Provenance } from '../../src/core/provenance/provenance.ts';
import { scratchDirectory } from './cache.ts';
import { installDebs, installToolkit } from './install.ts';
import { readKernels, type TestKernel } from './kernels.ts';
import { repackDeb } from './repack.ts';
import { openRoot, type TestRoot } from './roots.ts';

/** A Debian with the toolkit installed as a package, and v4l2loopback's real source registered. */
export interface DebianMachine extends AsyncDisposable {
  readonly root: TestRoot;
  readonly kernels: readonly TestKernel[];
  readonly module: { readonly name: string; readonly version: string };
}

export async function openMachine(
  name: 'trixie-kernels-thin' | 'trixie-systemd-boot-thin' | 'bookworm-kernels-thin',
): Promise<DebianMachine> {
  const root = await openRoot(name);
  const { kernels, debs } = await readKernels(root);
  await installToolkit(root);
  const package_ = debs['v4l2loopback-dkms'];
  if (package_ === undefined) throw new Error('v4l2loopback-dkms is not at hand');
  await root.run([
    'sh',
    '-c',
    'dpkg-deb --fsys-tarfile "$1" | tar -x -C / ./usr/src',
    'unpack',
    package_.file,
  ]);
  const version =
    (await root.list('/usr/src')).find((entry) => entry.startsWith('v4l2loopback-'))?.slice(13) ?? '';
  await root.run(['kmodsmith', 'add', `v4l2loopback/${version}`]);
  return {
    root,
    kernels,
    module: { name: 'v4l2loopback', version },
    [Symbol.asyncDispose]: () => root.dispose(),
  };
}

/** Where the tree keeps the build of the machine's module for a kernel. */
export function buildPath({ module }: DebianMachine, { release }: TestKernel): string {
  return `/var/lib/dkms/${module.name}/${module.version}/${release}/x86_64`;
}

export async function readBuild(machine: DebianMachine, kernel: TestKernel): Promise<Provenance> {
  return JSON.parse(await machine.root.read(`${buildPath(machine, kernel)}/provenance.json`));
}

/** The installed module of a kernel: where Debian's kernels look first. */
export function installedPath({ module }: DebianMachine, { release }: TestKernel): string {
  return `/lib/modules/${release}/updates/dkms/${module.name}.ko.xz`;
}

export interface HeaderEdit {
  readonly version: string;
  /** Path below /usr/src/<common headers>. */
  readonly header: string;
}

/**
 * Upgrades a kernel's headers under the same name with the real apt: both packages, the version raised, and one
 * header of the common package changed. Returns what apt said.
 */
export async function upgradeHeaders(
  machine: DebianMachine,
  kernel: TestKernel,
  edit: HeaderEdit,
): Promise<string> {
  const scratch = await scratchDirectory('memory');
  try {
    const debs = await repackHeaders(machine.root, kernel, { edit, folder: scratch });
    return await installDebs(machine.root, debs);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Both packages of a kernel's headers in another version, with one header changed; files of the host's folder. */
export async function repackHeaders(
  root: TestRoot,
  kernel: TestKernel,
  { edit, folder }: { edit: HeaderEdit; folder: string },
): Promise<string[]> {
  const version = () => edit.version;
  const { debs } = await readKernels(root);
  const files: string[] = [];
  for (const name of [kernel.headers, kernel.common]) {
    const deb = join(folder, `${name}.deb`);
    await root.copyOut(debs[name]?.file ?? name, deb);
    const change = (tree: string) => changeHeader(join(tree, 'usr/src', kernel.common, edit.header));
    const options = { version, dependencies: { [kernel.common]: edit.version } };
    files.push(await repackDeb(deb, name === kernel.common ? { ...options, edit: change } : options, folder));
  }
  return files;
}

/** Another content of the same meaning. */
async function changeHeader(path: string): Promise<void> {
  await writeFile(path, `${await readFile(path, 'utf8')}\n/* changed by a test */\n`);
}
