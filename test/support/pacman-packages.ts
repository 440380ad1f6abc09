import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execute } from './process.ts';

export interface ToyPackage {
  readonly name: string;
  /** PKGVER-PKGREL. */
  readonly version?: string;
  /** Texts by path in the root. */
  readonly files?: Readonly<Record<string, string>>;
  /** Where links lead, by their paths in the root. */
  readonly links?: Readonly<Record<string, string>>;
  /** A folder of the host that holds more files. */
  readonly tree?: string;
  /** The package that it depends on. */
  readonly depends?: string;
  /** Scriptlets: PKGBUILD(5), install. */
  readonly install?: string;
}

/**
 * Packs a package below the folder as makepkg would, which takes a hundred times as long for so little; returns its path.
 * Source: https://man.archlinux.org/man/PKGBUILD.5 and the .PKGINFO of any package.
 */
export async function packToyPackage(folder: string, spec: ToyPackage): Promise<string> {
  const { name, version = '1-1', files = {}, links = {}, tree, install } = spec;
  const content = mkdtempSync(join(folder, 'package-'));
  if (tree !== undefined) cpSync(tree, content, { recursive: true, verbatimSymlinks: true });
  const own = {
    '.PKGINFO': packageInfo(spec),
    ...(install !== undefined && { '.INSTALL': install }),
  };
  for (const [path, text] of Object.entries({ ...files, ...own })) {
    mkdirSync(dirname(join(content, path)), { recursive: true });
    writeFileSync(join(content, path), text);
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(content, path)), { recursive: true });
    symlinkSync(target, join(content, path));
  }
  const file = join(folder, `${name}-${version}-any.pkg.tar`);
  const ownership = ['--uid', '0', '--gid', '0', '--uname', 'root', '--gname', 'root'];
  // Its own files come first.
  const entries = [...Object.keys(own), ...readdirSync(content).filter((entry) => !(entry in own))];
  await execute(['bsdtar', '-C', content, '-cf', file, ...ownership, ...entries]);
  await rm(content, { recursive: true });
  return file;
}

/** What pacman reads of a package. */
export function packageInfo({
  name,
  version = '1-1',
  depends,
}: Pick<ToyPackage, 'name' | 'version' | 'depends'>): string {
  const info = {
    ...{ pkgname: name, pkgbase: name, pkgver: version, pkgdesc: 'toy', size: '1', arch: 'any' },
    ...(depends && { depend: depends }),
  };
  return Object.entries(info)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('');
}
