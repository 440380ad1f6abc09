import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDebianPackages, offer } from './debian-packages.ts';
import { openRoot, type TestRoot } from './roots.ts';

const sample = fileURLToPath(new URL('../fixtures/sample-module', import.meta.url));

/** The real changelog, and on top of it an entry for each other version that is to be built. */
const entry = (version: string) =>
  `sample-module (${version}) unstable; urgency=medium\n\n  * Another version.\n\n` +
  ' -- kmodsmith developers <kmodsmith@example.org>  Fri, 27 Nov 2026 09:00:00 +0000\n\n';

const build = `set -e
cd /srv/build
upstream=\${1%-*}
tar -c --exclude=debian -zf "sample-module_$upstream.orig.tar.gz" --transform "s,^sample-module,sample-module-$upstream," sample-module
cd sample-module
dpkg-buildpackage --no-sign
`;

export interface BuiltSample {
  /** Paths in the root. */
  readonly deb: string;
  readonly source: string;
  readonly changes: string;
}

/** A Debian to build packages in, with our package for debhelper. */
export async function openBuildRoot(): Promise<TestRoot> {
  const root = await openRoot('trixie-packaging');
  await offer(root, await buildDebianPackages());
  await root.run(['apt-get', 'install', 'dh-kmodsmith']);
  return root;
}

/** Builds the sample source package in that version with the real dpkg-buildpackage. */
export async function buildSample(root: TestRoot, version: string): Promise<BuiltSample> {
  const tree = '/srv/build/sample-module';
  await root.run(['rm', '-rf', tree]);
  await root.copyIn(sample, tree);
  await root.run(['chown', '-R', '0:0', tree]);
  const changelog = readFileSync(join(sample, 'debian/changelog'), 'utf8');
  if (!changelog.startsWith(`sample-module (${version})`))
    await root.write(`${tree}/debian/changelog`, entry(version) + changelog);
  await root.run(['sh', '-c', build, 'build', version]);
  const made = (name: string) => `/srv/build/${name}`;
  return {
    deb: made(`sample-module-dkms_${version}_all.deb`),
    source: made(`sample-module_${version}.dsc`),
    changes: made(`sample-module_${version}_amd64.changes`),
  };
}
