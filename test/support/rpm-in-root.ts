import type { TestRoot } from './roots.ts';

export interface RootPackage {
  readonly name: string;
  /** VERSION-RELEASE. */
  readonly version: string;
  /** A folder of the root that holds what goes into the package. */
  readonly folder: string;
  /** Files that others make, and that go with it. */
  readonly ghosts?: readonly string[];
  /** Scriptlets. */
  readonly sections?: string;
}

/** Has the rpmbuild of the root pack these folders, each a package, and puts them into its repository. */
export async function publishRpms(root: TestRoot, packages: readonly RootPackage[]): Promise<void> {
  for (const one of packages) await pack(root, one);
  await root.run(['createrepo_c', '--quiet', '/srv/repository']);
}

/** Folders right below those that everybody shares, and all that is in them. */
const listFiles =
  '{ find . -mindepth 1 ! -type d; find . -type d -regextype posix-extended -regex "./usr/src/(kernels/)?[^/]+(/.*)?|./lib/modules/.*" ! -path ./usr/src/kernels -printf "%%dir %p\\n"; } | sed -E "s,^(%dir )?\\.(.*),\\1\\"\\2\\","';

async function pack(root: TestRoot, { name, version, folder, ghosts = [], sections = '' }: RootPackage) {
  const [number, release] = version.split('-');
  const spec = `%global debug_package %{nil}
Name: ${name}
Version: ${number}
Release: ${release}
Summary: a test
License: GPL-2.0-only
BuildArch: noarch
AutoReqProv: no
%description
a test
%install
cp -a ${folder}/. %{buildroot}/
${sections}
%files -f ${folder}.files
${ghosts.map((path) => `%ghost ${path}`).join('\n')}
`;
  await root.write(`${folder}.spec`, spec);
  const settings = { __os_install_post: '%{nil}', _binary_payload: 'w.ufdio', _topdir: '/srv/rpmbuild' };
  const defines = Object.entries(settings).map(([key, value]) => `--define '${key} ${value}'`);
  const script = `cd ${folder}
${listFiles} >${folder}.files
rpmbuild --quiet -bb --nodeps ${defines.join(' ')} ${folder}.spec
mv /srv/rpmbuild/RPMS/noarch/*.rpm /srv/repository`;
  await root.run(['sh', '-ec', script], { timeoutSeconds: 900 });
}
