import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execute } from './process.ts';

export interface RpmPackage {
  readonly name: string;
  /** VERSION-RELEASE. */
  readonly version?: string;
  /** Texts by path in the root. */
  readonly files?: Readonly<Record<string, string>>;
  /** Where links lead, by their paths in the root. */
  readonly links?: Readonly<Record<string, string>>;
  /** Files that others make, and that go with it. */
  readonly ghosts?: readonly string[];
  /** A folder of the host that holds more files. */
  readonly tree?: string;
  readonly requires?: string;
  readonly provides?: string;
  /** Sections of the spec: scriptlets and triggers. */
  readonly sections?: string;
}

/** What rpm is not to do to files that are no programs of the machine. */
const settings = {
  ...{ __os_install_post: '%{nil}', __brp_mangle_shebangs: '%{nil}', _binary_payload: 'w.ufdio' },
  ...{ _buildhost: 'localhost', _unpackaged_files_terminate_build: '1' },
};

/** Packs a package below the folder by rpmbuild; returns its path. */
export async function packRpm(folder: string, spec: RpmPackage): Promise<string> {
  const { name, version = '1-1' } = spec;
  const top = mkdtempSync(join(folder, 'rpmbuild-'));
  const content = join(top, 'content');
  layOut(content, spec);
  const file = join(top, `${name}.spec`);
  writeFileSync(file, specText(spec, content));
  const defines = Object.entries({ ...settings, _topdir: top });
  const options = defines.flatMap(([key, value]) => ['--define', `${key} ${value}`]);
  await execute(['rpmbuild', '--quiet', '-bb', '--nodeps', ...options, file]);
  const made = `${name}-${version}.noarch.rpm`;
  const path = join(folder, made);
  cpSync(join(top, 'RPMS/noarch', made), path);
  await rm(top, { recursive: true });
  return path;
}

function layOut(content: string, { files = {}, links = {}, tree }: RpmPackage): void {
  mkdirSync(content);
  if (tree !== undefined) cpSync(tree, content, { recursive: true, verbatimSymlinks: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(content, path)), { recursive: true });
    writeFileSync(join(content, path), text);
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(content, path)), { recursive: true });
    symlinkSync(target, join(content, path));
  }
}

function specText(spec: RpmPackage, content: string): string {
  const { name, version = '1-1', requires, provides, ghosts = [], sections = '' } = spec;
  const [number = '', release = ''] = version.split('-');
  return `Name: ${name}
Version: ${number}
Release: ${release}
Summary: toy
License: GPL-3.0-or-later
BuildArch: noarch
AutoReqProv: no
${field('Requires', requires)}${field('Provides', provides)}
%description
toy

%install
cp -a ${content}/. %{buildroot}/

${sections}
%files
${[...fileList(content), ...ghosts.map((path) => `%ghost ${path}`)].join('\n')}
`;
}

const field = (name: string, value: string | undefined) => (value === undefined ? '' : `${name}: ${value}\n`);

/** Folders that belong to the package, and all files; those that everybody shares are nobody's here. */
const ownFolders = /^\/usr\/src\/(?!kernels$)[^/]+|^\/usr\/src\/kernels\/.|^(\/usr)?\/lib\/modules\/./;

function fileList(content: string, below = ''): string[] {
  return readdirSync(join(content, below), { withFileTypes: true }).flatMap((entry) => {
    const path = `${below}/${entry.name}`;
    if (!entry.isDirectory()) return [`"${path}"`];
    return [...(ownFolders.test(path) ? [`%dir "${path}"`] : []), ...fileList(content, path)];
  });
}
