import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { scratchDirectory } from '../support/cache.ts';
import { sourcePackage } from '../support/debian-packages.ts';
import { sample } from '../support/extent.ts';
import { bringPackages } from '../support/install.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';
import { kernel, type Packages, packRowPackages } from '../support/rpm-rows/packages.ts';
import { toyModuleFiles } from '../support/toy-debs.ts';

// Our own packages as rpmbuild makes them, and packages of modules that are made with them.

beforeEach(requireTestBed);

const project = fileURLToPath(new URL('../..', import.meta.url));
const { release } = kernel;

let root: TestRoot;
let folder: string;
let packages: Packages;

beforeAll(async () => {
  if (inject('testBedMissing') !== '') return;
  folder = await scratchDirectory('disk');
  root = await openRoot('trixie-rpm');
  packages = await packRowPackages(folder, /^(kernel 1|devel 1|auto-dkms 1\.0-1)$/);
});
afterAll(async () => {
  await root?.dispose();
  await rm(folder ?? '/nowhere', { recursive: true, force: true });
});

const shell = async (script: string) => {
  const { stdout, stderr } = await root.run(['sh', '-ec', script], { timeoutSeconds: 900 });
  return stdout + stderr;
};

const install = async (...names: string[]) => {
  const paths = await bringPackages(
    root,
    names.map((name) => packages[name]?.file ?? name),
  );
  return shell(`rpm -U --replacepkgs --oldpackage ${paths.join(' ')}`);
};

const status = async () => (await root.run(['dkms', 'status'])).stdout;

test('rpmbuild builds the packages of a clean clone, and rpmlint finds no error', async () => {
  const sources = await sourcePackage(folder);
  await cp(join(project, 'rpm'), sources, { recursive: true });
  await root.copyIn(sources, '/srv/build');
  await shell(
    'cd /srv/build && rpmbuild --quiet -bb --nodeps --define "_sourcedir $PWD" --define "_topdir /srv/top" kmodsmith.spec',
  );
  const made = await root.list('/srv/top/RPMS/noarch');
  expect(made).toEqual(
    ['kmodsmith', 'kmodsmith-dkms', 'kmodsmith-rpm-macros'].map((name) => `${name}-0.1.0-1.noarch.rpm`),
  );
  const { stdout } = await root.run(
    ['rpmlint', '/srv/build/kmodsmith.spec', ...made.map((name) => `/srv/top/RPMS/noarch/${name}`)],
    { allowFailure: true, timeoutSeconds: 300 },
  );
  expect(stdout).toContain('0 errors');
});

test('they are installed, a module is built for its kernel, and dkms knows it', async () => {
  const said = await shell('rpm -i /srv/top/RPMS/noarch/*.rpm');
  expect(said).not.toMatch(/warning|error/);
  expect(await install('kernel 1', 'devel 1', 'auto-dkms 1.0-1')).toContain('kmodsmith: building auto 1.0');
  expect(await status()).toBe(`auto/1.0, ${release}, x86_64: installed\n`);
  expect(await shell('rpm -V kmodsmith kmodsmith-dkms kmodsmith-rpm-macros')).toBe('');
});

/** A spec for a toy module, in a folder of its own with what it packs. */
async function buildSpec(name: string, version: string, sections: string, source = ''): Promise<string> {
  const place = `/srv/specs/${name}-${version}`;
  const [number = '', rpmRelease = '1'] = version.split('-');
  const files = toyModuleFiles(name, { version: number, source });
  for (const [path, text] of Object.entries(files)) await root.write(`${place}/content/${path}`, text);
  const spec = `Name: ${name}-dkms
Version: ${number}
Release: ${rpmRelease}
Summary: a module
License: GPL-2.0-only
BuildArch: noarch
Requires: dkms
%description
A module.
%install
cp -a ${place}/content/. %{buildroot}/
${sections}
%files
/usr/src/${name}-%{version}
`;
  await root.write(`${place}/${name}.spec`, spec);
  await shell(
    `rpmbuild --quiet -bb --define "_topdir ${place}" --define "_sourcedir ${place}" ${place}/${name}.spec`,
  );
  return `${place}/RPMS/noarch/${name}-dkms-${number}-${rpmRelease}.noarch.rpm`;
}

const macros = (name: string) => `%post
%kmodsmith_post ${name} %{version}
%preun
%kmodsmith_preun ${name} %{version}
%postun
%kmodsmith_postun ${name} %{version}
%posttrans
%kmodsmith_posttrans
`;

test('the macros tell a line each what a package brings, also elsewhere than where file triggers look', async () => {
  const rpm = await buildSpec('lamp', '1.0-1', macros('lamp'));
  const scripts = await shell(`rpm -qp --scripts ${rpm}`);
  expect(scripts).toContain("rpm-hook module 'lamp' '1.0' post \"$1\"");
  expect(await shell(`rpm -i ${rpm}`)).toContain('building lamp 1.0');
  expect(await status()).toContain(`lamp/1.0, ${release}, x86_64: installed`);
  const next = await buildSpec('lamp', '2.0-1', macros('lamp'));
  await shell(`rpm -U ${next}`);
  expect(await status()).toContain(`lamp/2.0, ${release}, x86_64: installed`);
  expect(await status()).not.toContain('lamp/1.0');
  await shell('rpm -e lamp-dkms');
  expect(await status()).not.toContain('lamp');
});

test('a macro without its arguments ends the build', async () => {
  await expect(buildSpec('blind', '1.0-1', '%post\n%kmodsmith_post blind\n')).rejects.toThrow(
    /kmodsmith_post: the module's name and version are missing/,
  );
});

test('on a system of ostree nothing is recorded or built, and it is said why', async () => {
  const rpm = '/srv/specs/lamp-2.0-1/RPMS/noarch/lamp-dkms-2.0-1.noarch.rpm';
  const said = await shell(
    `touch /run/ostree-booted; rpm -i ${rpm}; rpm -e lamp-dkms; ls /var/lib/kmodsmith/queue; rm /run/ostree-booted`,
  );
  expect(said).toContain('lamp 2.0 is not built, as this is a system of ostree');
  expect(said).not.toMatch(/building|call\./);
  expect(await status()).not.toContain('lamp');
});

test('a spec says which module it packs, and gets its scriptlets', async () => {
  const spec = '/srv/specs/lamp-2.0-1/lamp.spec';
  const told = await shell(`kmodsmith generate rpm module --source ${spec} --json`);
  expect(JSON.parse(told)).toMatchObject({ package: 'lamp-dkms', module: { name: 'lamp', version: '2.0' } });
  const sections = await shell(`kmodsmith generate rpm module --source ${spec}`);
  const rpm = await buildSpec('lamp', '2.0-1', sections);
  expect(await shell(`rpm -i ${rpm}`)).toContain('building lamp 2.0');
  await shell('rpm -e lamp-dkms');
  expect(await status()).not.toContain('lamp');
  const release_ = await shell(
    `kmodsmith generate rpm kernel --source ${spec} --package lamp-dkms --part image --form snippet`,
  );
  expect(release_).toContain("'image' '2.0-1.noarch'");
});

/** Shapes that specs have had for years: docs/distro-matrix.md, section 3.3. */
const shapes = {
  'add, build, install and remove with --rpm_safe_upgrade': (name: string) => `%post
dkms add -m ${name} -v %{version} --rpm_safe_upgrade || :
dkms build -m ${name} -v %{version} -k ${release} --rpm_safe_upgrade || :
dkms install -m ${name} -v %{version} -k ${release} --rpm_safe_upgrade || :
%preun
dkms remove -m ${name} -v %{version} --all --rpm_safe_upgrade || :
`,
  'a %preun that asks for the last instance': (name: string) => `%post
dkms add -m ${name} -v %{version} || :
dkms install -m ${name} -v %{version} -k ${release} || :
%preun
if [ "$1" -eq 0 ]; then dkms remove -m ${name} -v %{version} --all || :; fi
`,
  'common.postinst': (name: string) => `%post
/usr/lib/dkms/common.postinst ${name} %{version} /usr/share/${name}-dkms "" ""
%preun
[ "$1" != 0 ] || dkms remove -m ${name} -v %{version} --all
`,
  'a %preun that always removes': (name: string) => `%post
dkms add -m ${name} -v %{version} || :
dkms install -m ${name} -v %{version} -k ${release} || :
%preun
dkms remove -m ${name} -v %{version} --all || :
`,
};

test.each(sample(Object.entries(shapes), 1))('a spec with %s works as it is', async (_, sections) => {
  const [first, same, next] = [
    await buildSpec('reed', '1.0-1', sections('reed')),
    await buildSpec('reed', '1.0-2', sections('reed'), '/* changed */\n'),
    await buildSpec('reed', '2.0-1', sections('reed')),
  ];
  const line = (version: string) => `reed/${version}, ${release}, x86_64: installed\n`;
  const reed = async () => (await status()).replace(/^(?!reed).*\n/gm, '');
  await shell(`rpm -i ${first}`);
  expect(await reed()).toBe(line('1.0'));
  // The new %post comes before the old %preun, in a private /tmp.
  await shell(`rpm -U ${same}`);
  expect(await reed()).toBe(line('1.0'));
  expect(await shell('kmodsmith verify')).not.toContain('reed');
  await shell(`rpm --reinstall ${same}`);
  expect(await reed()).toBe(line('1.0'));
  await shell(`rpm -U ${next}`);
  expect(await reed()).toBe(line('2.0'));
  await shell(`rpm -U --oldpackage ${first}`);
  expect(await reed()).toBe(line('1.0'));
  await shell('rpm -e reed-dkms');
  expect(await reed()).toBe('');
  expect(await shell('find /lib/modules -name "reed.ko*"')).toBe('');
});

test('they go, and the module that works stays', async () => {
  await shell('rpm -e --nodeps kmodsmith-dkms kmodsmith kmodsmith-rpm-macros');
  expect((await root.run(['modinfo', '-k', release, '-F', 'filename', 'auto'])).stdout).toContain('/extra/');
  for (const path of ['/usr/sbin/dkms', '/usr/lib/kmodsmith', '/usr/lib/dkms'])
    expect(await root.exists(path), path).toBe(false);
});
