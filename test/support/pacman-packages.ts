import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestRoot } from './roots.ts';

export interface ToyPackage {
  readonly name: string;
  /** PKGVER-PKGREL. */
  readonly version?: string;
  /** Texts by path in the root. */
  readonly files?: Readonly<Record<string, string>>;
  /** A folder of the host that holds more files. */
  readonly tree?: string;
  /** Scriptlets: PKGBUILD(5), install. */
  readonly install?: string;
  /** More lines of the PKGBUILD. */
  readonly lines?: readonly string[];
}

const script = `
cd /srv/packages
chown -R nobody .
for folder in *; do
  ( cd "$folder" && HOME=/tmp PKGDEST=/srv/made PKGEXT=.pkg.tar setpriv --reuid=65534 --regid=65534 --clear-groups \
    makepkg --nodeps --nocolor >log 2>&1 ) || { cat "$folder/log" >&2; exit 1; }
done
`;

/** Has the real makepkg make packages, as an ordinary user. Returns their paths on the host, in the folder. */
export async function makePackages(
  root: TestRoot,
  specs: Readonly<Record<string, ToyPackage>>,
  folder: string,
): Promise<Record<string, string>> {
  const staging = join(folder, 'packages');
  const paths: Record<string, string> = {};
  for (const [index, [name, spec]] of Object.entries(specs).entries()) {
    stage(join(staging, String(index)), spec);
    paths[name] = join(folder, 'made', fileName(spec));
  }
  await root.run(['rm', '-rf', '/srv/packages', '/srv/made']);
  await root.copyIn(staging, '/srv/packages');
  await root.run(['install', '--directory', '--owner=nobody', '/srv/made']);
  await root.run(['sh', '-ec', script], { timeoutSeconds: 1200 });
  await mkdir(folder, { recursive: true });
  await root.copyOut('/srv/made', join(folder, 'made'));
  return paths;
}

const versionOf = ({ version = '1-1' }: ToyPackage) => version;

const fileName = (spec: ToyPackage) => `${spec.name}-${versionOf(spec)}-any.pkg.tar`;

function stage(folder: string, spec: ToyPackage): void {
  const { name, files = {}, tree, install, lines = [] } = spec;
  const content = join(folder, 'content');
  mkdirSync(content, { recursive: true });
  if (tree !== undefined) cpSync(tree, content, { recursive: true, verbatimSymlinks: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(content, path)), { recursive: true });
    writeFileSync(join(content, path), text);
  }
  if (install !== undefined) writeFileSync(join(folder, `${name}.install`), install);
  const [version, release] = versionOf(spec).split('-');
  const pkgbuild = [
    ...[`pkgname=${name}`, `pkgver=${version}`, `pkgrel=${release}`, 'arch=(any)', 'options=(!strip !debug)'],
    ...(install === undefined ? [] : [`install=${name}.install`]),
    ...lines,
    'package() { cp -a "$startdir/content/." "$pkgdir/"; }',
  ];
  writeFileSync(join(folder, 'PKGBUILD'), pkgbuild.map((line) => `${line}\n`).join(''));
}
