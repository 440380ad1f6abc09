import type { KnobName } from './knobs.ts';
import type { Reason, SkipReason } from './reasons.ts';

/** Every reason to do something, with the knobs that had a say in it. */
const knobsOfReasons: Readonly<Record<Reason['code'], readonly KnobName[]>> = {
  'new-kernel': ['new-kernel', 'module-scope', 'autoinstall-applies-to'],
  'inputs-changed': ['refresh', 'refresh-scope'],
  reconfigured: ['reconfigure', 'refresh-scope'],
  'refresh-always': ['refresh', 'refresh-scope'],
  forced: ['force'],
  marked: [],
  'new-version': ['module-upgrade'],
  superseded: ['module-upgrade'],
  'module-arrived': [],
  'headers-removed': ['headers-removed'],
  'not-installed': [],
  'kernel-removed': ['kernel-removed'],
  'module-removed': [],
  asked: [],
  'modules-changed': [],
  'index-outdated': [],
  'initramfs-outdated': ['initramfs'],
  'links-unproven': ['weak-modules'],
  'links-broken': ['weak-modules'],
};

/** Every reason to leave something alone, likewise. */
const knobsOfSkips: Readonly<Record<SkipReason['code'], readonly KnobName[]>> = {
  'up-to-date': ['refresh', 'reconfigure', 'refresh-scope'],
  'autoinstall-off': ['new-kernel', 'module-scope', 'autoinstall-applies-to'],
  unregistered: [],
  'held-back': [],
  'successor-missing': ['module-upgrade'],
  'headers-missing': ['missing-headers'],
  'headers-unusable': ['missing-headers'],
  'image-missing': ['kernel-removed'],
  'dependency-missing': ['force'],
  'refresh-never': ['refresh', 'reconfigure'],
  'outside-refresh-scope': ['refresh-scope'],
  'failed-before': ['failure', 'critical'],
  excluded: [],
  'module-problem': [],
  aborted: [],
  'toolkit-removed': [],
  'not-built': [],
  'nothing-to-undo': [],
  'other-version': ['pin'],
};

/** The knobs that bear on what is done for a reason, or left alone for one. */
export function bearingKnobs(because: Reason | SkipReason): readonly KnobName[] {
  if (because.code === 'held-back') return [because.knob];
  const { code } = because;
  if (isReasonCode(code)) return knobsOfReasons[code];
  return isSkipCode(code) ? knobsOfSkips[code] : [];
}

export function isReasonCode(code: string): code is Reason['code'] {
  return Object.hasOwn(knobsOfReasons, code);
}

export function isSkipCode(code: string): code is SkipReason['code'] {
  return Object.hasOwn(knobsOfSkips, code);
}
