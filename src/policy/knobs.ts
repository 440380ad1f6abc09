import type { KnobDeclaration, ValueOf } from './knob-declaration.ts';
import { signingKnobs } from './signing-knobs.ts';

export const knobs = {
  refresh: {
    kind: 'choice',
    of: 'both',
    default: 'stale',
    summary: 'what becomes of existing builds when the image or the headers of the same release change',
    values: {
      never: 'they stay as they are, and are shown as stale when they are',
      stale: 'those are rebuilt of which an input changed',
      always: 'all that refresh-scope covers are rebuilt',
    },
  },
  reconfigure: {
    kind: 'choice',
    of: 'both',
    default: 'always',
    summary:
      'what becomes of existing builds when the package of the image, the headers or the module is reconfigured',
    values: {
      never: 'they stay as they are',
      stale: 'those are rebuilt of which an input changed',
      always: 'all that refresh-scope covers are rebuilt: the admin asks for it',
    },
  },
  'refresh-scope': {
    kind: 'choice',
    of: 'both',
    default: 'installed',
    summary: 'which builds a refresh covers',
    values: {
      installed: 'every build, however it came to be',
      autoinstall: 'those of modules with AUTOINSTALL=yes; others are left alone and shown as stale',
    },
  },
  'new-kernel': {
    kind: 'choice',
    of: 'both',
    default: 'autoinstall',
    summary: 'which modules a newly present kernel gets',
    values: {
      autoinstall: 'those with AUTOINSTALL=yes',
      'installed-elsewhere': 'those with AUTOINSTALL=yes and those that are installed for another kernel',
      registered: 'all that are registered',
      none: 'no module',
    },
  },
  'module-scope': {
    kind: 'choice',
    of: 'both',
    default: 'all-with-headers',
    summary: 'for which kernels a module is built when it arrives',
    values: {
      'all-with-headers': 'every kernel that has headers',
      'running-and-newest': 'the running kernel and the newest one',
      running: 'the running kernel',
    },
  },
  'autoinstall-applies-to': {
    kind: 'set',
    of: 'both',
    default: ['kernel', 'module'],
    summary: 'where a module without AUTOINSTALL=yes is held back',
    values: {
      kernel: 'when a kernel arrives',
      module: 'when the module arrives',
    },
  },
  'module-upgrade': {
    kind: 'choice',
    of: 'both',
    default: 'carry',
    summary: 'what the new version of a module without AUTOINSTALL=yes gets where the old one was installed',
    values: {
      carry: 'it is built for the same kernels, and the old one goes when the new one is in place',
      drop: 'nothing; the old one is removed',
    },
  },
  'headers-removed': {
    kind: 'choice',
    of: 'both',
    default: 'keep',
    summary: 'what becomes of builds when the headers go and the image stays',
    values: {
      keep: 'they stay: the kernel still needs them',
      unbuild: 'they are removed',
    },
  },
  'kernel-removed': {
    kind: 'choice',
    of: 'both',
    default: 'unbuild',
    summary: 'what becomes of builds when their kernel goes',
    values: {
      unbuild: 'they are removed',
      'keep-build': 'they are uninstalled, and stay in the tree',
      deregister: 'they are removed, and a module without any other build is deregistered',
    },
  },
  'missing-headers': {
    kind: 'choice',
    of: 'both',
    default: 'wait',
    summary: 'what a build that has to wait for headers comes to',
    values: {
      wait: 'a state that status shows, with the package to install; built when they arrive',
      warn: 'the same, and a warning',
      fail: 'the same, and a failure like that of a build',
    },
  },
  when: {
    kind: 'choice',
    of: 'machine',
    default: 'transaction-end',
    summary: 'when the hooks work; outside of a transaction always at once',
    values: {
      'transaction-end': 'once, after everything else of the transaction',
      immediate: 'in the hook itself',
    },
  },
  failure: {
    kind: 'choice',
    of: 'both',
    default: 'warn',
    summary: 'what a failed build does to the package manager; it is recorded and shown in any case',
    values: {
      warn: 'the package operation succeeds',
      fail: 'the package operation fails',
    },
  },
  critical: {
    kind: 'switch',
    of: 'module',
    default: false,
    summary: 'whether the machine cannot do without the module: its failures fail the package operation',
  },
  pin: {
    kind: 'version',
    of: 'module',
    default: '',
    summary: 'the version of the module that counts, whatever higher ones are registered',
  },
  'original-modules': {
    kind: 'choice',
    of: 'both',
    default: 'never-touch',
    summary: "what becomes of a kernel's own module of the same name",
    values: {
      'never-touch': 'it stays; what is in updates/ wins by the search order of depmod',
      archive: 'it is moved to the tree and brought back when the module goes, as dkms does',
    },
  },
  initramfs: {
    kind: 'choice',
    of: 'both',
    default: 'auto',
    summary:
      'what becomes of the initramfs of a kernel whose modules change; the most demanding one of them counts',
    values: {
      auto: 'it is updated when a module that changed is in it or belongs there, or when that cannot be told',
      always: 'it is updated whenever a module changes',
      never: 'it stays as it is',
    },
  },
  'weak-modules': {
    kind: 'choice',
    of: 'both',
    default: 'auto',
    summary:
      "whether the distribution's tool for modules that fit several kernels (weak-modules, weak-modules2) is told of the module, and the links that it makes are checked",
    values: {
      auto: 'it is told where it is installed, and a link that does not fit its kernel any more is taken away',
      never: 'it is not told, and links stay as they are',
    },
  },
  force: {
    kind: 'set',
    of: 'both',
    default: [],
    summary: 'what is done although something speaks against it',
    values: {
      rebuild: 'every event that concerns a build rebuilds it',
      'ignore-version': 'it is installed although the kernel has the same or a newer version of it',
      'ignore-dependencies': 'it is built although modules that it depends on are not installed',
    },
  },
  sandbox: {
    kind: 'choice',
    of: 'both',
    default: 'auto',
    summary:
      'whether dkms.conf is evaluated and modules are built in a sandbox: as an ordinary user, without network, the machine read-only',
    values: {
      auto: 'where the machine allows it; else without, and a message says why',
      require: 'always; a dkms.conf or a build that cannot be sandboxed is an error',
      off: 'never',
    },
  },
  compiler: {
    kind: 'choice',
    of: 'both',
    default: 'same-major',
    summary: 'which compiler will do where the one that built the kernel is not installed',
    values: {
      'same-major':
        'one of the same kind and major version; without it the build fails, and names the package',
      any: 'one of the same kind, of whatever version: where the distribution has but one, like Arch or Fedora',
    },
  },
  priority: {
    kind: 'choice',
    of: 'machine',
    default: 'normal',
    summary: 'what a build has of the processors and the disk when others want them too',
    values: {
      low: 'what they leave',
      normal: 'as much as they',
    },
  },
  ...signingKnobs,
} as const satisfies Readonly<Record<string, KnobDeclaration>>;

export type KnobName = keyof typeof knobs;

/** The effective policy for one module, or for the machine: one value a knob. */
export type Policy = { readonly [Name in KnobName]: ValueOf<(typeof knobs)[Name]> };

export const knobNames = Object.keys(knobs) as readonly KnobName[];

export const defaultPolicy = Object.fromEntries(
  knobNames.map((name) => [name, knobs[name].default]),
) as unknown as Policy;
