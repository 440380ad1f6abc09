import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { builtInKernel } from '../demo/built-in-kernel.ts';

/** The headers of a toy kernel, as packages bring them, below folders that stand for the root. */
export interface ToyHeaders {
  /** The build tree below `whole`. */
  readonly tree: string;
  /** Everything, as distributions have it that put all into one package. */
  readonly whole: string;
  /** As Debian splits them: what belongs to the flavour, what is common, the programs of kbuild. */
  readonly parts: readonly string[];
}

/** Lays down what packages would hold; `edit` may spoil the build tree first. */
export async function makeToyHeaders(
  folder: string,
  release: string,
  edit: (tree: string) => void = () => undefined,
): Promise<ToyHeaders> {
  const whole = mkdtempSync(join(folder, 'whole-'));
  await builtInKernel.installHeaders(whole);
  const name = `usr/src/linux-headers-${release}`;
  const tree = join(whole, name);
  renameSync(join(whole, builtInKernel.headersFolder), tree);
  rmSync(join(whole, 'lib'), { recursive: true });
  replaceIn(join(tree, 'include/generated/utsrelease.h'), builtInKernel.release, release);
  edit(tree);
  return { tree, whole, parts: split({ folder, whole, release }) };
}

/** Debian's way, with the absolute paths that its Makefile has, and links that have been absolute at times. */
function split({ folder, whole, release }: { folder: string; whole: string; release: string }): string[] {
  const part = () => mkdtempSync(join(folder, 'part-'));
  const [own, common, kbuild] = [part(), part(), part()];
  cpSync(whole, own, { recursive: true, verbatimSymlinks: true });
  const tree = join(own, `usr/src/linux-headers-${release}`);
  const place = `/usr/src/linux-headers-${release}-common`;
  move(join(tree, 'Makefile'), join(common, place, 'Makefile'));
  move(join(tree, 'include/linux'), join(common, place, 'include/linux'));
  move(join(tree, 'scripts'), join(kbuild, 'usr/lib/linux-kbuild-toy/scripts'));
  const makefile = join(common, place, 'Makefile');
  replaceIn(makefile, /^/, 'COMMON := $(dir $(lastword $(MAKEFILE_LIST)))\n');
  replaceIn(makefile, '-I$(CURDIR)/include', '-I$(COMMON)include -I$(CURDIR)/include');
  writeFileSync(join(tree, 'Makefile'), `include ${place}/Makefile\n`);
  link('/usr/lib/linux-kbuild-toy/scripts', join(tree, 'scripts'));
  return [own, common, kbuild];
}

/** What packs a folder into a package of each kind: the program that it takes, and the file that it makes. */
export const packers = {
  deb: { programs: ['dpkg-deb'], pack: packDeb },
  rpm: { programs: ['rpmbuild', 'rpm2cpio', 'cpio'], pack: packRpm },
  arch: { programs: ['tar', 'zstd', 'bsdtar'], pack: packArch },
} as const;

export function packDeb(folder: string): string {
  const control = 'Package: headers\nVersion: 1\nArchitecture: all\nMaintainer: toy <toy@localhost>\n';
  write(join(folder, 'DEBIAN/control'), `${control}Description: toy\n`);
  const file = `${folder}.deb`;
  run('dpkg-deb', '--root-owner-group', '-Znone', '--build', folder, file);
  rmSync(join(folder, 'DEBIAN'), { recursive: true });
  return file;
}

/** As every rpm-based distribution packs; the scripts that would look into the files are left out. */
function packRpm(folder: string): string {
  const top = `${folder}-rpmbuild`;
  const spec = `Name: headers
Version: 1
Release: 1
Summary: toy
License: GPL
BuildArch: noarch
%description
toy
%install
cp -a ${folder}/. %{buildroot}/
%files
/usr
`;
  write(join(top, 'headers.spec'), spec);
  const settings = { _topdir: top, __os_install_post: '%{nil}', __brp_mangle_shebangs: '%{nil}' };
  const options = Object.entries(settings).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  run('rpmbuild', '--quiet', '-bb', '--nodeps', ...options, join(top, 'headers.spec'));
  return join(top, 'RPMS/noarch/headers-1-1.noarch.rpm');
}

function packArch(folder: string): string {
  const file = `${folder}-1-1-any.pkg.tar.zst`;
  run('tar', '--zstd', '--create', '--file', file, '--directory', folder, 'usr');
  return file;
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function move(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function replaceIn(path: string, what: string | RegExp, by: string): void {
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(what, () => by),
  );
}
