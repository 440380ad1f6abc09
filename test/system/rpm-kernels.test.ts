import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { scratchDirectory } from '../support/cache.ts';
import { type Corpus, readCorpus } from '../support/corpus.ts';
import { isWhole } from '../support/extent.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';
import { publishRpms, type RootPackage } from '../support/rpm-in-root.ts';
import { packRpm } from '../support/rpm-packages.ts';
import { depmodFiles, toolkitPackage } from '../support/rpm-rows/packages.ts';

// Real kernels, headers and modules as Fedora packs them, side by side, by dnf from a repository; images by kernel-install and
// dracut's own plugin. The tests go on where the one before ended.

beforeEach(requireTestBed);

let root: TestRoot;
let folder: string;
let corpus: Corpus;
let token: string;

/** Where the trees of packages are in the root. */
const trees = '/srv/trees';

/** Makes the trees of packages of what the root has, and takes it away. */
const takeApart = `
kernel() { # TREE RELEASE
  at=${trees}/$1/lib/modules
  mkdir -p "$at"
  cp -a "/usr/lib/modules/$2" "$at"
  rm -rf "$at/$2/build" "$at/$2/source" "$at/$2"/modules.dep* "$at/$2"/modules.alias* "$at/$2"/modules.*.bin
  rm -f "$at/$2"/modules.devname "$at/$2"/modules.softdep "$at/$2"/modules.symbols "$at/$2"/modules.weakdep
  cp "/boot/vmlinuz-$2" "$at/$2/vmlinuz"
  ln -s "/usr/src/kernels/$2" "$at/$2/build"
}
headers() { # TREE RELEASE
  at=${trees}/$1/usr/src/kernels/$2
  mkdir -p "\${at%/*}"
  cp -a "/usr/src/linux-headers-$2" "$at"
  find "$at" -maxdepth 1 -type l -printf '%f\\n' | while read -r link; do
    ln -sfn "$(readlink -f "/usr/src/linux-headers-$2/$link")" "$at/$link"
  done
}
module() { # TREE FOLDER
  mkdir -p "${trees}/$1/usr/src"
  cp -a "/usr/src/$2" "${trees}/$1/usr/src"
}
kernel kernel-1 "$1"
headers devel-1 "$1"
kernel kernel-2 "$2"
headers devel-2 "$2"
kernel kernel-3 "$3"
headers devel-3 "$3"
headers devel-1-changed "$1"
echo '/* changed */' >>${trees}/devel-1-changed/usr/src/kernels/$1/include/generated/bounds.h
module acpi_call "acpi-call-$4"
module vhba "vhba-$5"
cp -a "/usr/src/acpi-call-$4" "/usr/src/acpi-call-$4.1"
sed -i "s/$4/$4.1/" "/usr/src/acpi-call-$4.1/dkms.conf"
module acpi_call-next "acpi-call-$4.1"
chmod -R a+rX ${trees}
for conf in /usr/src/*/dkms.conf; do rm -rf "\${conf%/*}"; done
rm -rf /usr/lib/modules/* /usr/src/linux-headers-*amd64 /boot/*
`;

/** As Fedora's kernel-core has it. */
const bootEntry = (release: string) => `%posttrans
kernel-install add ${release} /lib/modules/${release}/vmlinuz || exit $?
%preun
kernel-install remove ${release} || exit $?
`;

beforeAll(async () => {
  if (inject('testBedMissing') !== '') return;
  folder = await scratchDirectory('disk');
  root = await openRoot('trixie-rpm-kernels-thin');
  corpus = await readCorpus(root);
  const versionOf = (name: string) => corpus.packages[name]?.moduleVersion ?? '';
  const releases = [corpus.kernels['6.12'], corpus.kernels['6.12-rt'], corpus.kernels['6.12-cloud']];
  const versions = [versionOf('acpi-call-dkms'), versionOf('vhba-dkms')];
  await root.run(['sh', '-euc', takeApart, 'take-apart', ...releases, ...versions]);
  const kernels = releases.flatMap((release, index): RootPackage[] => {
    const version = `6.${index + 1}-1`;
    const ghosts = depmodFiles.map((file) => `/lib/modules/${release}/${file}`);
    return [
      {
        ...{ name: 'kernel-many', version, folder: `${trees}/kernel-${index + 1}` },
        ...{ ghosts, sections: bootEntry(release) },
      },
      { name: 'kernel-many-devel', version, folder: `${trees}/devel-${index + 1}` },
    ];
  });
  await publishRpms(root, [
    ...kernels,
    { name: 'acpi_call-dkms', version: '1-1', folder: `${trees}/acpi_call` },
    { name: 'acpi_call-dkms', version: '2-1', folder: `${trees}/acpi_call-next` },
    { name: 'vhba-dkms', version: '1-1', folder: `${trees}/vhba` },
  ]);
  await root.write('/etc/kernel/install.conf', 'layout=bls\ninitrd_generator=dracut\n');
  token = (await root.read('/etc/machine-id')).trim();
  await root.run(['mkdir', '-p', `/boot/${token}`]);
  // Counts the images that anybody makes.
  await root.run(['mv', '/usr/bin/dracut', '/usr/bin/dracut.real']);
  const counting = '#!/bin/sh\necho "$*" >>/srv/images\nexec /usr/bin/dracut.real "$@"\n';
  await root.write('/usr/bin/dracut', counting, 0o755);
  await root.write('/etc/dracut.conf.d/own.conf', 'add_drivers+=" acpi_call "\n');
  const toolkit = await packRpm(folder, await toolkitPackage(folder, '1-1'));
  await root.copyIn(toolkit, `/srv/${basename(toolkit)}`);
  await root.run(['rpm', '-i', `/srv/${basename(toolkit)}`]);
}, 1_800_000);
afterAll(async () => {
  await root?.dispose();
  await rm(folder ?? '/nowhere', { recursive: true, force: true });
});

async function transaction(...argv: string[]) {
  await root.write('/srv/images', '');
  const { stdout, stderr } = await root.run(argv, { timeoutSeconds: 900 });
  const images = (await root.read('/srv/images')).split('\n').slice(0, -1);
  return { said: stdout + stderr, images };
}

const dnf = (...words: string[]) => transaction('dnf', '-y', ...words);

/** The modules in the image that are not the kernel's own. */
async function inImage(release: string): Promise<string[]> {
  const { stdout } = await root.run(['lsinitrd', `/boot/${token}/${release}/initrd`]);
  return [...stdout.matchAll(/(\w+)\.ko(?:\.xz)?$/gm)].flatMap(([, name = '']) =>
    name === 'acpi_call' ? [name] : [],
  );
}

/** Everything that is installed is as its kernel wants it, and each of these kernels finds the modules. */
async function expectSound(releases: readonly string[], modules = ['acpi_call', 'vhba']): Promise<void> {
  const { exitCode, stdout, stderr } = await root.run(['kmodsmith', 'verify'], { allowFailure: true });
  expect(exitCode, stdout + stderr).toBe(0);
  expect(stdout).toContain(`${modules.length * releases.length} module file`);
  for (const release of releases) {
    for (const module of modules) {
      const { stdout: magic } = await root.run(['modinfo', '-k', release, '-F', 'vermagic', module]);
      expect(magic.split(' ')[0]).toBe(release);
    }
  }
}

const releaseOf = (label: '6.12' | '6.12-rt' | '6.12-cloud') => corpus.kernels[label];

test('a kernel, its headers and modules arrive in one transaction; its image is made once, by the plugin of dracut', async () => {
  const { said, images } = await dnf(
    ...['install', 'kernel-many-6.1-1', 'kernel-many-devel-6.1-1', 'acpi_call-dkms-1-1', 'vhba-dkms'],
  );
  await expectSound([releaseOf('6.12')]);
  expect(images, said).toHaveLength(1);
  expect(await inImage(releaseOf('6.12'))).toEqual(['acpi_call']);
});

test('a kernel without headers waits; they arrive in a later transaction, and the image has the module', async () => {
  const { said } = await dnf('install', 'kernel-many-6.2-1');
  expect(said).not.toContain('kmodsmith: building');
  expect(await inImage(releaseOf('6.12-rt'))).toEqual([]);
  const later = await dnf('install', 'kernel-many-devel-6.2-1');
  expect(later.said).toMatch(/initramfs of \S+: updated, acpi_call/);
  expect(later.images).toHaveLength(1);
  expect(await inImage(releaseOf('6.12-rt'))).toEqual(['acpi_call']);
  await expectSound([releaseOf('6.12'), releaseOf('6.12-rt')]);
});

test('the newest kernel comes, and the oldest goes in the same transaction', async () => {
  const { said, images } = await dnf('install', 'kernel-many-6.3-1', 'kernel-many-devel-6.3-1');
  await expectSound([releaseOf('6.12-rt'), releaseOf('6.12-cloud')]);
  expect(images, said).toHaveLength(1);
  expect(await root.exists(`/lib/modules/${releaseOf('6.12')}`)).toBe(false);
  const { stdout } = await root.run(['find', '/var/lib/dkms', '-path', `*${releaseOf('6.12')}/*.ko*`]);
  expect(stdout).toBe('');
});

if (isWhole) {
  test('a kernel and its headers are reinstalled: nothing is built', async () => {
    const { said } = await dnf('reinstall', 'kernel-many-6.3-1', 'kernel-many-devel-6.3-1');
    expect(said).not.toContain('kmodsmith: building');
    await expectSound([releaseOf('6.12-rt'), releaseOf('6.12-cloud')]);
    expect(await inImage(releaseOf('6.12-cloud'))).toEqual(['acpi_call']);
  });

  test('a module is upgraded: the images have the new one', async () => {
    const { said, images } = await dnf('upgrade', 'acpi_call-dkms');
    expect(images, said).toHaveLength(2);
    expect((await root.run(['kmodsmith', 'status', 'acpi-call'])).stdout).toContain('.1');
    await expectSound([releaseOf('6.12-rt'), releaseOf('6.12-cloud')]);
  });

  test('headers change under the same release: what read them is built anew, and the images follow', async () => {
    await root.run(['rpm', '-e', '--nodeps', 'kernel-many-devel-6.3-1']);
    await publishRpms(root, [
      { name: 'kernel-many-devel', version: '6.1-2', folder: `${trees}/devel-1-changed` },
    ]);
    await dnf('install', 'kernel-many-6.1-1', 'kernel-many-devel-6.1-1');
    const { said, images } = await transaction(
      'rpm',
      '-U',
      '--oldpackage',
      '/srv/repository/kernel-many-devel-6.1-2.noarch.rpm',
    );
    expect(said).toContain(`building vhba`);
    expect(images, said).toHaveLength(1);
    expect(images[0]).toContain(releaseOf('6.12'));
    await expectSound([releaseOf('6.12'), releaseOf('6.12-cloud')]);
  });

  test('a module goes, and out of the images', async () => {
    const { said, images } = await dnf('remove', 'acpi_call-dkms');
    expect(images, said).toHaveLength(2);
    expect(await inImage(releaseOf('6.12'))).toEqual([]);
    await expectSound([releaseOf('6.12'), releaseOf('6.12-cloud')], ['vhba']);
  });
}

test('kernels and the module go in one transaction, and nothing of them stays', async () => {
  const { said, images } = await dnf(
    ...['remove', 'kernel-many', 'kernel-many-devel', 'vhba-dkms', ...(isWhole ? [] : ['acpi_call-dkms'])],
  );
  expect(images, said).toEqual([]);
  expect(await root.list('/var/lib/dkms')).not.toContain('vhba');
  const { stdout } = await root.run(['find', '/usr/lib/modules', '-name', '*.ko*']);
  expect(stdout).toBe('');
});
