import { join } from 'node:path';
import { run } from '../../system/exec.ts';
import { exists, listFolder, readTextIfPresent } from '../../system/files.ts';
import { insideRoot } from '../../system/root.ts';
import { findImage, type KernelTree } from '../kernels.ts';
import { type Layout, modulesFolder } from '../layout.ts';

/** A package that a part of a kernel came with. */
export interface KernelPackage {
  readonly manager: 'dpkg' | 'pacman' | 'rpm';
  readonly name: string;
  /** As its package manager writes it, with the epoch where there is one. */
  readonly version: string;
}

export interface KernelPackages {
  readonly image?: KernelPackage;
  readonly headers?: KernelPackage;
}

type Part = keyof KernelPackages;

/**
 * Which packages a kernel and its headers came with; a part without one was put there by hand. Their names are known
 * by the release, so that what dpkg and pacman wrote down is enough; only rpm has to be asked.
 */
export async function findKernelPackages(layout: Layout, tree: KernelTree): Promise<KernelPackages> {
  const [image, headers] = await Promise.all([
    findPackage(layout, tree, 'image'),
    findPackage(layout, tree, 'headers'),
  ]);
  return { ...(image !== undefined && { image }), ...(headers !== undefined && { headers }) };
}

async function findPackage(layout: Layout, tree: KernelTree, part: Part): Promise<KernelPackage | undefined> {
  return (
    (await findInDpkg(layout, tree, part)) ??
    (await findInPacman(layout, tree, part)) ??
    (await askRpm(layout, tree, part))
  );
}

/** Ubuntu's and Proxmox's names have more around the words of Debian's. */
const dpkgNames: Readonly<Record<Part, (release: string) => RegExp>> = {
  image: (release) => new RegExp(`^[a-z]+-(image|kernel)(-unsigned)?-${literal(release)}(-signed)?$`),
  headers: (release) => new RegExp(`^[a-z]+-headers-${literal(release)}$`),
};

/** deb-control(5), as dpkg keeps it for what is installed. */
async function findInDpkg(
  { root }: Layout,
  { release, path }: KernelTree,
  part: Part,
): Promise<KernelPackage | undefined> {
  const folder = join(root, 'var/lib/dpkg');
  const status = (await readText(join(folder, 'status'))) ?? '';
  const fits = dpkgNames[part](release);
  for (const [, name = ''] of status.matchAll(/^Package: (\S+)$/gm)) {
    if (!fits.test(name)) continue;
    const start = status.search(new RegExp(`^Package: ${literal(name)}$`, 'm'));
    const [paragraph = ''] = status.slice(start).split(/\n\n/, 1);
    const version = /^Version: (\S+)$/m.exec(paragraph)?.[1];
    const owns =
      part === 'image' || (await ownsInDpkg(folder, name, join(insideRoot(root, path), 'Makefile')));
    if (version !== undefined && /^Status: \S+ \S+ (?!not-installed|config-files)/m.test(paragraph) && owns)
      return { manager: 'dpkg', name, version };
  }
  return undefined;
}

/** A build link may lead to a tree of the admin's although the package is there, too. */
async function ownsInDpkg(folder: string, name: string, path: string): Promise<boolean> {
  const list = (await readText(join(folder, 'info', `${name}.list`))) ?? '';
  return `\n${list}`.includes(`\n${path}\n`);
}

/** Arch's kernels say which package they are of in `pkgbase`. */
async function findInPacman(
  layout: Layout,
  { release }: KernelTree,
  part: Part,
): Promise<KernelPackage | undefined> {
  const base = (await readText(join(modulesFolder(layout, release), 'pkgbase')))?.trim();
  if (base === undefined || base === '') return undefined;
  const name = part === 'image' ? base : `${base}-headers`;
  const local = join(layout.root, 'var/lib/pacman/local');
  for (const entry of await listFolder(local)) {
    if (!entry.name.startsWith(`${name}-`)) continue;
    const desc = (await readText(join(local, entry.name, 'desc'))) ?? '';
    const field = (title: string) => new RegExp(`^%${title}%\\n(.*)$`, 'm').exec(desc)?.[1];
    const version = field('VERSION');
    if (field('NAME') === name && version !== undefined) return { manager: 'pacman', name, version };
  }
  return undefined;
}

const rpmFolders = ['usr/lib/sysimage/rpm', 'var/lib/rpm'];

async function askRpm(layout: Layout, tree: KernelTree, part: Part): Promise<KernelPackage | undefined> {
  const { root } = layout;
  const present = await Promise.all(rpmFolders.map((folder) => exists(join(root, folder, 'rpmdb.sqlite'))));
  if (!present.includes(true)) return undefined;
  const path = part === 'headers' ? join(tree.path, 'Makefile') : await findImage(layout, tree.release);
  if (path === undefined) return undefined;
  const format = '%{NAME} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\n';
  const argv = ['rpm', '--root', root, '-qf', '--qf', format, insideRoot(root, path)];
  const asked = await run(argv, { timeoutSeconds: 20 }).catch(() => undefined);
  const [name = '', version] = asked?.exitCode === 0 ? (asked.stdout.split('\n')[0] ?? '').split(' ') : [];
  return version === undefined ? undefined : { manager: 'rpm', name, version };
}

async function readText(path: string): Promise<string | undefined> {
  return readTextIfPresent(path).catch(() => undefined);
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
