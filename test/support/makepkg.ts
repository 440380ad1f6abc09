import { packageInfo } from './pacman-packages.ts';
import type { TestRoot } from './roots.ts';

/**
 * Has the real makepkg pack folders of the root, all in one version, as an ordinary user; the packages are in
 * /srv/packages/VERSION. One PKGBUILD makes them all (PKGBUILD(5), package splitting): a run takes long, whatever it packs.
 */
export async function makePackages(
  root: TestRoot,
  version: string,
  folders: Readonly<Record<string, string>>,
): Promise<void> {
  const names = Object.keys(folders);
  const functions = Object.entries(folders).map(
    ([name, folder]) =>
      `package_${name}() {\n  pkgdesc='a test of ${name}'\n  cp -a ${folder}/. "$pkgdir"\n}\n`,
  );
  const head = [
    'pkgbase=tests',
    `pkgname=(${names.join(' ')})`,
    `pkgver=${version}`,
    'pkgrel=1',
    'arch=(any)',
    'options=(!strip !debug !zipman !purge emptydirs)',
  ];
  const folder = `/srv/packages/${version}`;
  await root.write(`${folder}/PKGBUILD`, `${head.join('\n')}\n\n${functions.join('\n')}`);
  const script = `chown -R nobody ${folder}
cd ${folder}
setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp PKGEXT=.pkg.tar makepkg --nodeps --nocolor`;
  await root.run(['sh', '-ec', script], { timeoutSeconds: 900 });
}

/** The same without makepkg, which takes half a minute for each on a slow machine: what it writes that pacman reads. */
export async function packPackages(
  root: TestRoot,
  version: string,
  folders: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, folder] of Object.entries(folders)) {
    await root.write(`${folder}/.PKGINFO`, packageInfo({ name, version: `${version}-1` }));
    const script = `mkdir -p /srv/packages/${version}
cd ${folder}
bsdtar -cf /srv/packages/${version}/${name}-${version}-1-any.pkg.tar .PKGINFO *`;
    await root.run(['sh', '-ec', script]);
  }
}

/** Puts them into the repository of the root. */
export async function publish(root: TestRoot, version: string): Promise<void> {
  const script = `cp /srv/packages/${version}/*.pkg.tar /srv/repository
cd /srv/repository && repo-add --quiet toys.db.tar.gz ./*-${version}-1-any.pkg.tar`;
  await root.run(['sh', '-ec', script]);
}
