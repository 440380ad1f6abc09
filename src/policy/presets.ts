import { defaultPolicy, type Policy } from './knobs.ts';

/** A named set of values below those that files give: what differs from the defaults, and where it comes from. */
export interface Preset {
  /** No full stop. */
  readonly summary: string;
  readonly values: Readonly<Partial<Policy>>;
}

/** docs/policy.md, section 2; what the distributions do themselves is in docs/distro-matrix.md. */
export const presets = {
  default: { summary: 'the defaults', values: {} },
  debian: {
    summary: 'what was asked for in dkms issue #364: AUTOINSTALL=yes is all that hooks act on',
    values: {
      refresh: 'always',
      reconfigure: 'always',
      'refresh-scope': 'autoinstall',
      'module-upgrade': 'drop',
    },
  },
  arch: {
    summary: "what Arch's dkms hooks do, AUTOINSTALL not asked, without what they lose on the way",
    values: {
      refresh: 'always',
      'new-kernel': 'registered',
      'autoinstall-applies-to': [],
      'headers-removed': 'unbuild',
      compiler: 'any',
    },
  },
  fedora: {
    summary: "what Fedora's dkms does: each kernel has headers of its own, and modules are for those in use",
    values: {
      'module-scope': 'running-and-newest',
      // Its packages build by commands of their own, which ask nobody.
      'autoinstall-applies-to': ['kernel'],
      'missing-headers': 'warn',
      compiler: 'any',
    },
  },
  'dkms-compat': {
    summary: 'what dkms 3.4 does with the hooks that it brings, without what it loses on the way',
    values: {
      refresh: 'always',
      'refresh-scope': 'autoinstall',
      'module-scope': 'running-and-newest',
      'module-upgrade': 'drop',
      when: 'immediate',
      failure: 'fail',
      'original-modules': 'archive',
      sandbox: 'off',
      compiler: 'any',
      initramfs: 'never',
    },
  },
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof presets;

export const presetNames = Object.keys(presets) as readonly PresetName[];

/** The defaults with what a preset changes of them. */
export function presetPolicy(preset: PresetName = 'default'): Policy {
  return { ...defaultPolicy, ...presets[preset].values };
}
