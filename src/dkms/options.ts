/**
 * The command line of dkms as data (dkms(8); dkms-compat.md sections 1.2 and 1.3): the parser, the usage text, the
 * completions and the man page are made from it.
 */
export const actions = {
  add: 'register a module: MODULE/VERSION in /usr/src, a source folder, a dkms.conf or an archive',
  remove: 'take a module out of kernels and, when no build is left, out of the tree',
  build: 'compile a module for kernels',
  unbuild: "delete a module's builds for kernels, uninstalling them first",
  install: 'install a module for kernels, building it where needed',
  uninstall: 'uninstall a module from kernels; the builds stay',
  autoinstall: 'install every module with AUTOINSTALL=yes for a kernel',
  match: 'install for a kernel what is installed for another one',
  mktarball: 'pack builds and source of a module into an archive',
  ldtarball: 'load builds and source of a module from an archive',
  status: 'list modules with what is built and installed',
  generate_mok: 'make a key and a certificate to sign modules with',
  kernel_preinst: "before a kernel's upgrade: forget its automatic builds",
  kernel_postinst: 'after a kernel came: install what belongs to it',
  kernel_prerm: 'before a kernel goes: take its builds away',
} as const;

export type ActionName = keyof typeof actions;

/** What an option's value is: what completions offer for it. */
export type ValueKind = 'module' | 'version' | 'kernel' | 'arch' | 'file' | 'folder' | 'directive' | 'number';

export interface OptionDeclaration {
  /** The first is the one that is documented first. A long one also matches with anything behind it, as for dkms. */
  readonly flags: readonly string[];
  readonly value?: ValueKind;
  readonly repeatable?: boolean;
  readonly description: string;
  /** The actions that look at it; all when left out. */
  readonly actions?: readonly ActionName[];
  /** Accepted, without effect. */
  readonly deprecated?: boolean;
}

const kernelActions: readonly ActionName[] = [
  'add',
  'remove',
  'build',
  'unbuild',
  'install',
  'uninstall',
  'autoinstall',
  'match',
  'mktarball',
  'status',
  'kernel_preinst',
  'kernel_postinst',
  'kernel_prerm',
];

const moduleActions: readonly ActionName[] = [
  'add',
  'remove',
  'build',
  'unbuild',
  'install',
  'uninstall',
  'match',
  'mktarball',
  'status',
];

const buildActions: readonly ActionName[] = ['build', 'install', 'autoinstall', 'match', 'kernel_postinst'];
const changeActions: readonly ActionName[] = [...buildActions, 'uninstall', 'unbuild', 'remove'];

/** Longer names before those that begin them. */
export const options = {
  module: {
    flags: ['-m', '--module'],
    value: 'module',
    description: 'the module, or MODULE/VERSION',
    actions: moduleActions,
  },
  version: {
    flags: ['-v'],
    value: 'version',
    description: "the module's version",
    actions: moduleActions,
  },
  kernel: {
    flags: ['-k', '--kernelver'],
    value: 'kernel',
    repeatable: true,
    description: 'the kernel release, or RELEASE/ARCH; without one the running kernel',
    actions: kernelActions,
  },
  archive: {
    flags: ['--archive'],
    value: 'file',
    description: 'the archive to write or to load',
    actions: ['mktarball', 'ldtarball', 'add'],
  },
  arch: {
    flags: ['-a', '--arch'],
    value: 'arch',
    repeatable: true,
    description: "the architecture's label, one for each kernel or one for all",
    actions: kernelActions,
  },
  allAutoinstall: {
    flags: ['--all-autoinstall'],
    description: 'all that autoinstall built for the kernels; what was built by hand stays',
    actions: ['unbuild'],
  },
  all: {
    flags: ['--all'],
    description: 'all kernels for which the module is built',
    actions: ['remove', 'unbuild', 'uninstall', 'mktarball', 'status'],
  },
  conf: { flags: ['-c'], value: 'file', description: "the dkms.conf to use instead of the module's own" },
  config: {
    flags: ['--config'],
    value: 'file',
    description: 'the kernel config to go by',
    actions: buildActions,
  },
  kernelSourceFolder: {
    flags: ['--kernelsourcedir'],
    value: 'folder',
    description: "the kernel's build tree",
    actions: buildActions,
  },
  directive: {
    flags: ['--directive'],
    value: 'directive',
    repeatable: true,
    description: 'NAME=VALUE, to win over what dkms.conf says',
  },
  force: { flags: ['--force'], description: 'build or install again, replace a source, ignore refusals' },
  forceVersionOverride: {
    flags: ['--force-version-override'],
    description: 'install whatever version the kernel has',
    actions: ['install', 'autoinstall', 'match'],
  },
  templateKernel: {
    flags: ['--templatekernel'],
    value: 'kernel',
    description: 'the kernel to copy the set of modules from',
    actions: ['match'],
  },
  binariesOnly: { flags: ['--binaries-only'], description: 'pack no source', actions: ['mktarball'] },
  sourceOnly: { flags: ['--source-only'], description: 'pack no builds', actions: ['mktarball'] },
  noDepmod: {
    flags: ['--no-depmod'],
    description: "leave the kernel's module index to the caller",
    actions: changeActions,
  },
  modprobeOnInstall: {
    flags: ['--modprobe-on-install'],
    description: 'load what the devices need afterwards',
    actions: ['install', 'autoinstall'],
  },
  symlinkModules: {
    flags: ['--symlink-modules'],
    description: 'install links to the builds instead of copies',
    actions: ['install', 'autoinstall', 'match'],
  },
  jobs: {
    flags: ['-j'],
    value: 'number',
    description: 'how many jobs make runs side by side; 0 is any number',
    actions: buildActions,
  },
  rpmSafeUpgrade: {
    flags: ['--rpm_safe_upgrade'],
    description: 'for rpm scriptlets: an upgrade that adds what it removes removes nothing',
    actions: ['add', 'remove', 'install'],
  },
  dkmsTree: { flags: ['--dkmstree'], value: 'folder', description: 'the tree of builds: /var/lib/dkms' },
  sourceTree: { flags: ['--sourcetree'], value: 'folder', description: 'the tree of sources: /usr/src' },
  installTree: {
    flags: ['--installtree'],
    value: 'folder',
    description: 'the tree of installed modules: /lib/modules',
  },
  quiet: { flags: ['-q', '--quiet'], description: 'say nothing at all' },
  verbose: { flags: ['--verbose'], description: 'show the commands' },
  debug: { flags: ['--debug'], description: 'for the dkms shell program only', deprecated: true },
  noInitrd: { flags: ['--no-initrd'], description: 'had to do with initial RAM disks', deprecated: true },
  noCleanKernel: {
    flags: ['--no-clean-kernel'],
    description: 'had to do with kernel sources',
    deprecated: true,
  },
  noPrepareKernel: {
    flags: ['--no-prepare-kernel'],
    description: 'had to do with kernel sources',
    deprecated: true,
  },
  showVersion: { flags: ['-V', '--version'], description: 'say which dkms this is' },
  help: { flags: ['-h', '--help'], description: 'show this text' },
} as const satisfies Record<string, OptionDeclaration>;

export type OptionName = keyof typeof options;
