import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { openRoot, type TestRoot } from './roots.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Where the package dh-kmodsmith puts its files. */
const debhelperFiles = {
  'debhelper/dh_kmodsmith': '/usr/bin/dh_kmodsmith',
  'debhelper/kmodsmith.pm': '/usr/share/perl5/Debian/Debhelper/Sequence/kmodsmith.pm',
};

/** The real changelog, and on top of it an entry for each other version that is to be built. */
const entry = (version: string) =>
  `sample-module (${version}) unstable; urgency=medium\n\n  * Another version.\n\n` +
  ' -- kmodsmith developers <kmodsmith@example.org>  Fri, 27 Nov 2026 09:00:00 +0000\n\n';

// dpkg-buildpackage wants a name for the sequence's package that is installed; there is none in these roots.
const build = `set -e
cd /srv/build
upstream=\${1%-*}
tar -c --exclude=debian -zf "sample-module_$upstream.orig.tar.gz" --transform "s,^sample-module,sample-module-$upstream," sample-module
cd sample-module
dpkg-buildpackage --no-sign --no-check-builddeps
`;

export interface BuiltSample {
  /** Paths in the root. */
  readonly deb: string;
  readonly source: string;
  readonly changes: string;
}

/** A Debian to build packages in, with our part of debhelper. */
export async function openBuildRoot(): Promise<TestRoot> {
  const root = await openRoot('trixie-debhelper');
  await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
  await root.run(['dpkg', '--install', '/srv/kmodsmith.deb']);
  for (const [from, to] of Object.entries(debhelperFiles)) await root.copyIn(join(project, from), to);
  return root;
}

/** Builds the sample source package in that version with the real dpkg-buildpackage. */
export async function buildSample(root: TestRoot, version: string): Promise<BuiltSample> {
  const tree = '/srv/build/sample-module';
  await root.run(['rm', '-rf', tree]);
  await root.copyIn(join(project, 'test/fixtures/sample-module'), tree);
  await root.run(['chown', '-R', '0:0', tree]);
  const changelog = readFileSync(join(project, 'test/fixtures/sample-module/debian/changelog'), 'utf8');
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
