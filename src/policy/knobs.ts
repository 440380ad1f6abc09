/** The knobs of the policy. The first value of each is its default (docs/policy.md, the table of knobs). */
export const knobs = {
  refresh: ['stale', 'never', 'always'],
  reconfigure: ['always', 'stale', 'never'],
  'refresh-scope': ['installed', 'autoinstall'],
  when: ['transaction-end', 'immediate'],
  failure: ['warn', 'fail'],
} as const;

/** Knobs of the design that this version rejects, so that nobody relies on a setting that does nothing. */
export const laterKnobs: readonly string[] = [
  'autoinstall-applies-to',
  'force',
  'headers-removed',
  'initramfs',
  'kernel-removed',
  'missing-headers',
  'module-scope',
  'module-upgrade',
  'new-kernel',
  'original-modules',
  'preset',
  'sandbox',
  'sign',
];

export type KnobName = keyof typeof knobs;

/** The effective policy: one value a knob. */
export type Policy = { readonly [Name in KnobName]: (typeof knobs)[Name][number] };

export const defaultPolicy: Policy = {
  refresh: knobs.refresh[0],
  reconfigure: knobs.reconfigure[0],
  'refresh-scope': knobs['refresh-scope'][0],
  when: knobs.when[0],
  failure: knobs.failure[0],
};
