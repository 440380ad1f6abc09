import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

type RootName =
  | 'trixie'
  | 'trixie-kernels'
  | 'trixie-dkms'
  | 'trixie-dracut'
  | 'trixie-corpus'
  | 'trixie-sandbox'
  | 'trixie-signing'
  | 'trixie-packaging'
  | 'trixie-module-debs'
  | 'trixie-systemd-boot'
  | 'trixie-pacman'
  | 'trixie-corpus-dracut'
  | 'trixie-pacman-kernels'
  | 'trixie-rpm'
  | 'trixie-rpm-kernels'
  | 'bookworm'
  | 'bookworm-kernels';

/** The same with a few of the kernels' own modules only. */
export type ThinRootName = `${(typeof kernelRoots)[number]}-thin`;

export type LayerName = RootName | ThinRootName;

export interface Recipe {
  /** The suite debootstrap starts from, or the layer this one lies on. */
  from: { suite: string } | { layer: RootName };
  /** The shell script of `layers/` that runs inside, and the packages it is told to install. */
  script: `${'base' | 'kernels' | 'dkms' | 'dracut' | 'corpus' | 'module-debs' | 'install' | 'pacman' | 'rpm' | 'thin'}.sh`;
  packages: readonly string[];
  /** Installs the node that runs these tests, for suites whose own is too old. */
  nodeVersion?: string;
}

const basics = [
  'apt-utils binutils debconf gcc initramfs-tools kmod libc6-dev linux-base make procps xz-utils zstd',
  'cpio util-linux',
].flatMap((line) => line.split(' '));

/** Real module packages of Debian, small and large, with every kind of directive that such packages use. */
export const corpusPackages = [
  'acpi-call apfs ddcci digimend dm-writeboost dpdk-kmods evdi gost-crypto jool langford leds-alix',
  'lime-forensics r8125 r8168 rapiddisk tp-smapi v4l2loopback vhba vpoll xtrx',
].flatMap((line) => line.split(' ').map((name) => `${name}-dkms`));

/** Those of them that the package manager is tried with; the others cost more and have nothing new. */
export const archivePackages = corpusPackages.filter(
  (name) => !/^(?:dpdk-kmods|leds-alix|r8125|r8168|xtrx)-dkms$/.test(name),
);

const kernelRoots = [
  'trixie-kernels',
  'trixie-dracut',
  'trixie-corpus',
  'trixie-sandbox',
  'trixie-signing',
  'trixie-packaging',
  'trixie-module-debs',
  'trixie-systemd-boot',
  'trixie-pacman-kernels',
  'trixie-rpm-kernels',
  'bookworm-kernels',
] as const satisfies readonly RootName[];

const pacmanPackages = ['pacman-package-manager makepkg libarchive-tools fakeroot zstd esbuild'].flatMap(
  (line) => line.split(' '),
);

/** With systemd come kernel-install and its plugins. */
const rpmPackages = ['createrepo-c dnf esbuild rpm rpmlint systemd zypper'].flatMap((line) =>
  line.split(' '),
);

const wholeRecipes: Readonly<Record<RootName, Recipe>> = {
  trixie: { from: { suite: 'trixie' }, script: 'base.sh', packages: [...basics, 'nodejs'] },
  'trixie-kernels': {
    from: { layer: 'trixie' },
    script: 'kernels.sh',
    packages: ['linux-image-amd64', 'linux-image-rt-amd64'],
  },
  'trixie-dkms': { from: { layer: 'trixie-kernels' }, script: 'dkms.sh', packages: ['openssl', 'patch'] },
  'trixie-dracut': { from: { layer: 'trixie-kernels' }, script: 'dracut.sh', packages: ['dracut'] },
  // 550 MB, in half a minute where the archive is near.
  'trixie-corpus': { from: { layer: 'trixie-kernels' }, script: 'corpus.sh', packages: corpusPackages },
  'trixie-sandbox': {
    from: { layer: 'trixie-corpus' },
    script: 'install.sh',
    packages: ['bubblewrap', 'strace'],
  },
  // Tokens in software, and what Debian's sign-file reaches them by: it knows OpenSSL's providers, not its engines.
  'trixie-signing': {
    from: { layer: 'trixie-dkms' },
    script: 'install.sh',
    packages: ['softhsm2', 'opensc', 'pkcs11-provider'],
  },
  'trixie-packaging': {
    from: { layer: 'trixie-kernels' },
    script: 'install.sh',
    packages: ['build-essential', 'dctrl-tools', 'debhelper', 'esbuild', 'lintian'],
  },
  'trixie-module-debs': {
    from: { layer: 'trixie-kernels' },
    script: 'module-debs.sh',
    packages: archivePackages,
  },
  'trixie-systemd-boot': {
    from: { layer: 'trixie-kernels' },
    script: 'install.sh',
    packages: ['systemd', 'systemd-boot'],
  },
  'trixie-pacman': {
    from: { layer: 'trixie' },
    script: 'pacman.sh',
    packages: pacmanPackages,
  },
  'trixie-corpus-dracut': { from: { layer: 'trixie-corpus' }, script: 'dracut.sh', packages: ['dracut'] },
  'trixie-pacman-kernels': {
    from: { layer: 'trixie-corpus-dracut' },
    script: 'pacman.sh',
    packages: pacmanPackages,
  },
  'trixie-rpm': { from: { layer: 'trixie' }, script: 'rpm.sh', packages: rpmPackages },
  'trixie-rpm-kernels': {
    from: { layer: 'trixie-corpus-dracut' },
    script: 'rpm.sh',
    packages: rpmPackages,
  },
  bookworm: {
    from: { suite: 'bookworm' },
    script: 'base.sh',
    packages: [...basics, 'libstdc++6'],
    nodeVersion: process.version,
  },
  'bookworm-kernels': { from: { layer: 'bookworm' }, script: 'kernels.sh', packages: ['linux-image-amd64'] },
};

export const recipes: Readonly<Record<LayerName, Recipe>> = {
  ...wholeRecipes,
  ...(Object.fromEntries(
    kernelRoots.map((layer): [ThinRootName, Recipe] => [
      `${layer}-thin`,
      { from: { layer }, script: 'thin.sh', packages: [] },
    ]),
  ) as Record<ThinRootName, Recipe>),
};

export function scriptPath(recipe: Recipe): string {
  return fileURLToPath(new URL(`layers/${recipe.script}`, import.meta.url));
}

/** Names a layer by everything it is made from, so that a changed recipe is another layer. */
export async function layerId(name: LayerName): Promise<string> {
  const recipe = recipes[name];
  const parent = 'layer' in recipe.from ? await layerId(recipe.from.layer) : '';
  const content = [parent, JSON.stringify(recipe), await readFile(scriptPath(recipe), 'utf8')];
  return `${name}-${createHash('sha256').update(content.join('\0')).digest('hex').slice(0, 12)}`;
}
