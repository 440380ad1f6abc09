import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { scratchDirectory } from '../support/cache.ts';
import { type Corpus, readCorpus } from '../support/corpus.ts';
import { isWhole } from '../support/extent.ts';
import { makePackages, packPackages, publish } from '../support/makepkg.ts';
import { packToyPackage } from '../support/pacman-packages.ts';
import { toolkitPackage } from '../support/pacman-rows/machine.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

// Real kernels, headers and modules with Arch's paths, at first as makepkg packs them, from a repository; and images by dracut and a
// hook like Arch's. The tests go on where the one before ended.

beforeEach(requireTestBed);

let root: TestRoot;
let folder: string;
let corpus: Corpus;

/** Where the trees of packages are in the root. */
const trees = '/srv/trees';

/** Makes the trees of packages of what the root has, and takes it away. */
const takeApart = `
tree() { mkdir -p ${trees}/$1/$2; echo ${trees}/$1/$2; }
kernel() { # VERSION RELEASE
  at=$(tree "$1" linux)/usr/lib/modules
  mkdir -p "$at"
  cp -a "/usr/lib/modules/$2" "$at"
  rm -rf "$at/$2/build" "$at/$2/source"
  cp "/boot/vmlinuz-$2" "$at/$2/vmlinuz"
  chmod 644 "$at/$2/vmlinuz"
  echo linux >"$at/$2/pkgbase"
  headers "$1" "$2"
}
headers() {
  at=$(tree "$1" linux-headers)/usr/lib/modules/$2
  mkdir -p "$at"
  cp -a "/usr/src/linux-headers-$2" "$at/build"
  find "$at/build" -maxdepth 1 -type l -printf '%f\\n' | while read -r link; do
    ln -sfn "$(readlink -f "/usr/src/linux-headers-$2/$link")" "$at/build/$link"
  done
}
module() { # VERSION FOLDER PACKAGE
  at=$(tree "$1" "$3")/usr/src
  mkdir -p "$at"
  cp -a "/usr/src/$2" "$at"
}
kernel 1 "$1"
kernel 3 "$2"
headers 2 "$1"
echo '/* changed */' >>${trees}/2/linux-headers/usr/lib/modules/$1/build/include/generated/bounds.h
module 1 "acpi-call-$3" acpi_call-dkms
module 1 "v4l2loopback-$4" v4l2loopback-dkms
cp -a "/usr/src/acpi-call-$3" "/usr/src/acpi-call-$3.1"
sed -i "s/$3/$3.1/" "/usr/src/acpi-call-$3.1/dkms.conf"
module 4 "acpi-call-$3.1" acpi_call-dkms
chmod -R a+rX ${trees}
for conf in /usr/src/*/dkms.conf; do rm -rf "\${conf%/*}"; done
rm -rf /usr/lib/modules/* /usr/src/linux-headers-*amd64 /boot/*
`;

/** As those of Arch's dracut users. */
const dracutHook = `[Trigger]
Type = Path
Operation = Install
Operation = Upgrade
Target = usr/lib/modules/*/pkgbase

[Action]
Description = Updating linux initcpios...
When = PostTransaction
Exec = /usr/share/libalpm/scripts/dracut-install
NeedsTargets
`;
const dracutScript = `#!/bin/sh
while read -r path; do
  release=\${path#usr/lib/modules/}
  dracut --quiet --force "/boot/initramfs-$(cat "/$path").img" "\${release%/pkgbase}"
done
`;

beforeAll(async () => {
  if (inject('testBedMissing') !== '') return;
  folder = await scratchDirectory('disk');
  root = await openRoot('trixie-pacman-kernels-thin');
  corpus = await readCorpus(root);
  const versionOf = (name: string) => corpus.packages[name]?.moduleVersion ?? '';
  const words = [corpus.kernels['6.12'], corpus.kernels['6.12-rt']];
  words.push(versionOf('acpi-call-dkms'), versionOf('v4l2loopback-dkms'));
  await root.run(['sh', '-euc', takeApart, 'take-apart', ...words]);
  const kernel = (version: string) => ({
    linux: `${trees}/${version}/linux`,
    'linux-headers': `${trees}/${version}/linux-headers`,
  });
  await makePackages(root, '1', {
    ...kernel('1'),
    'acpi_call-dkms': `${trees}/1/acpi_call-dkms`,
    'v4l2loopback-dkms': `${trees}/1/v4l2loopback-dkms`,
  });
  await packPackages(root, '2', { 'linux-headers': `${trees}/2/linux-headers` });
  await packPackages(root, '3', kernel('3'));
  await packPackages(root, '4', { 'acpi_call-dkms': `${trees}/4/acpi_call-dkms` });
  await root.write('/usr/share/libalpm/hooks/90-dracut-install.hook', dracutHook);
  await root.write('/usr/share/libalpm/scripts/dracut-install', dracutScript, 0o755);
  // Counts the images that anybody makes.
  await root.write(
    '/usr/local/bin/dracut',
    '#!/bin/sh\necho "$*" >>/srv/images\nexec /usr/bin/dracut "$@"\n',
    0o755,
  );
  await root.write('/etc/dracut.conf.d/own.conf', 'add_drivers+=" acpi_call "\n');
  const toolkit = await packToyPackage(folder, await toolkitPackage(folder, '1-1'));
  await root.copyIn(toolkit, '/srv/kmodsmith.pkg.tar');
  await root.run(['pacman', '-U', '--noconfirm', '/srv/kmodsmith.pkg.tar']);
}, 1_800_000);
afterAll(async () => {
  await root?.dispose();
  await rm(folder ?? '/nowhere', { recursive: true, force: true });
});

async function pacman(...words: string[]) {
  await root.write('/srv/images', '');
  const { stdout, stderr } = await root.run(['pacman', '--noconfirm', ...words]);
  const images = (await root.read('/srv/images')).split('\n').slice(0, -1);
  return { said: stdout + stderr, images };
}

/** The modules in the image that are not the kernel's own. */
async function inImage(): Promise<string[]> {
  const { stdout } = await root.run(['lsinitrd', '/boot/initramfs-linux.img']);
  return [...stdout.matchAll(/(\w+)\.ko(?:\.xz)?$/gm)].flatMap(([, name = '']) =>
    name === 'acpi_call' ? [name] : [],
  );
}

const releaseOf = (label: '6.12' | '6.12-rt') => corpus.kernels[label];

/** Everything that is installed is as its kernel wants it, and the kernel finds these. */
async function expectSound(release: string, ...modules: string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await root.run(['kmodsmith', 'verify'], { allowFailure: true });
  expect(exitCode, stdout + stderr).toBe(0);
  expect(stdout).toContain(`${modules.length} module file`);
  for (const module of modules) {
    const { stdout: magic } = await root.run(['modinfo', '-k', release, '-F', 'vermagic', module]);
    expect(magic.split(' ')[0]).toBe(release);
  }
}

const both = ['acpi_call', 'v4l2loopback'];

test('a kernel, its headers and modules arrive in one transaction; its image is made by the hook of dracut', async () => {
  await publish(root, '1');
  const names = ['linux', 'linux-headers', 'acpi_call-dkms', 'v4l2loopback-dkms'];
  const { said, images } = await pacman('-Sy', ...names);
  await expectSound(releaseOf('6.12'), ...both);
  expect(images, said).toHaveLength(1);
  expect(await inImage()).toEqual(['acpi_call']);
});

test('headers that are reinstalled change nothing', async () => {
  const { said, images } = await pacman('-S', 'linux-headers');
  expect(said).not.toContain('kmodsmith: building');
  expect(images, said).toEqual([]);
  await expectSound(releaseOf('6.12'), ...both);
});

test('headers alone change: the image has the new module, made once', async () => {
  await publish(root, '2');
  const { said, images } = await pacman('-Syu');
  expect(said).toContain('kmodsmith: building');
  expect(said).toMatch(/initramfs of \S+: left to the hooks that follow/);
  expect(said).toMatch(/initramfs of \S+: updated, acpi_call is in it/);
  expect(images, said).toHaveLength(1);
  expect(await inImage()).toEqual(['acpi_call']);
  await expectSound(releaseOf('6.12'), ...both);
});

test('the kernel is upgraded into another folder: its image is left to the hook of dracut', async () => {
  await publish(root, '3');
  const { said, images } = await pacman('-Syu');
  expect(images, said).toHaveLength(1);
  expect(images[0]).toContain(releaseOf('6.12-rt'));
  expect(said).toMatch(/initramfs of \S+: made by another hook since its modules changed/);
  expect(await inImage()).toEqual(['acpi_call']);
  await expectSound(releaseOf('6.12-rt'), ...both);
  expect(await root.exists(`/usr/lib/modules/${releaseOf('6.12')}`)).toBe(false);
  const { stdout } = await root.run(['find', '/var/lib/dkms', '-path', `*${releaseOf('6.12')}/*.ko*`]);
  expect(stdout).toBe('');
});

if (isWhole) {
  test('the kernel goes back to the first', async () => {
    const files = ['linux', 'linux-headers'].map((name) => `/srv/packages/1/${name}-1-1-any.pkg.tar`);
    const { said, images } = await pacman('-U', ...files);
    expect(images, said).toHaveLength(1);
    expect(images[0]).toContain(releaseOf('6.12'));
    await expectSound(releaseOf('6.12'), ...both);
  });

  test('a module is upgraded: the image has the new one', async () => {
    await publish(root, '4');
    const { said, images } = await pacman('-Sy', 'acpi_call-dkms');
    expect(images, said).toHaveLength(1);
    expect((await root.run(['kmodsmith', 'status', 'acpi-call'])).stdout).toContain('.1');
    await expectSound(releaseOf('6.12'), ...both);
  });

  test('an image that nobody makes in the transaction is made by us, also where the hook of dracut is switched off', async () => {
    await root.run(['ln', '-s', '/dev/null', '/etc/pacman.d/hooks/90-dracut-install.hook']);
    const { said, images } = await pacman('-S', 'linux', 'linux-headers');
    await root.run(['rm', '/etc/pacman.d/hooks/90-dracut-install.hook']);
    expect(images, said).toHaveLength(1);
    expect(images[0]).toContain('.new');
    await expectSound(releaseOf('6.12-rt'), ...both);
  });

  test('an image that the transaction did not come to is made by the next run', async () => {
    await root.run(['ln', '-s', '/dev/null', '/etc/pacman.d/hooks/91-kmodsmith-images.hook']);
    const { said, images } = await pacman('-U', '/srv/packages/1/acpi_call-dkms-1-1-any.pkg.tar');
    await root.run(['rm', '/etc/pacman.d/hooks/91-kmodsmith-images.hook']);
    expect(images, said).toEqual([]);
    expect((await root.run(['kmodsmith', 'status'])).stdout).toContain('behind the modules');
    const next = await root.run(['kmodsmith', 'run']);
    expect(next.stdout + next.stderr).toMatch(/initramfs of \S+: updated, acpi_call is in it/);
    expect((await root.run(['kmodsmith', 'run'])).stdout).toContain('Nothing to do.');
    await expectSound(releaseOf('6.12-rt'), ...both);
  });
}

test('a module goes, and out of the image', async () => {
  const { said, images } = await pacman('-R', 'acpi_call-dkms');
  expect(images, said).toHaveLength(1);
  expect(await inImage()).toEqual([]);
  await expectSound(releaseOf('6.12-rt'), 'v4l2loopback');
});

test('the kernel goes, and nothing of it stays', async () => {
  const { said, images } = await pacman('-R', 'linux', 'linux-headers', 'v4l2loopback-dkms');
  expect(images, said).toEqual([]);
  expect(await root.list('/var/lib/dkms')).not.toContain('v4l2loopback');
  const { stdout } = await root.run(['find', '/usr/lib', '-path', '*/modules/*.ko*']);
  expect(stdout).toBe('');
});
