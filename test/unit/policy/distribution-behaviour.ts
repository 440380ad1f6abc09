import type { PresetName } from '../../../src/policy/presets.ts';

/** What happens today, by column; nothing where the event does not exist there or nobody has looked. */
type Behaviour = readonly [autoinstall: string, byHand: string, notInstalled: string] | undefined;

const none = undefined;
const nothing = ['K', 'K', '–'] as const;
const all = (text: string): Behaviour => [text, text, text];

/** docs/distro-matrix.md, sections 1.2 and 7, column D13. Removing and adding again comes to what is there in the end. */
const debian: Readonly<Record<string, Behaviour>> = {
  'new-kernel': ['B', '–', '–'],
  'new-image-first': ['B', '–', '–'],
  // X:B4b, then X:B5.
  'new-headers-first': ['B, U, B', '–', '–'],
  // X:A9: "skipped", status 0.
  'new-image': ['–', '–', '–'],
  'new-headers': ['B', '–', '–'],
  // X:B6b.
  'new-kernel-fails': ['–, fail', '–', '–'],
  'new-kernel-abort': ['–', '–', '–'],
  'kernel-replaced': none,
  // X:A4.
  'image-upgrade': ['U, B', 'K', '–'],
  // X:A3.
  'headers-upgrade': nothing,
  'kernel-upgrade': ['U, B', 'K', '–'],
  'image-reinstall': none,
  // X:B2b.
  'image-upgrade-without-headers': ['U', 'K', '–'],
  'kernel-upgrade-fails': ['U, fail', 'K', '–'],
  // X:A5.
  'image-reconfigure': ['U, B', 'K', '–'],
  // X:A6.
  'headers-reconfigure': nothing,
  // X:B2.
  'headers-remove': nothing,
  // X:B3.
  'image-remove': ['U', 'U', '–'],
  'kernel-remove': ['U', 'U', '–'],
  // X:C4.
  'headers-remove-first': ['U', 'U', '–'],
  // X:B4.
  'image-purge': ['U', 'U', '–'],
  // X:B1, X:A17c.
  'image-abort': ['U', 'K', '–'],
  'headers-abort': nothing,
  // Section 1.1.1: prerm.d at `remove`; the postinst does nothing on abort-remove.
  'image-remove-abort': ['U', 'U', '–'],
  // X:A2, X:F1.
  'module-install': ['A, B everywhere', 'A; for AUTOINSTALL=no B', 'A; for AUTOINSTALL=no B'],
  'module-install-without-headers': ['A, B elsewhere', 'A', 'A'],
  // X:A10.
  'module-upgrade': ['A, U, B everywhere', 'A, U', 'A'],
  // X:A11.
  'module-downgrade': ['A, U, B everywhere', 'A, U', 'A'],
  // X:A14.
  'module-upgrade-fails': ['A, U, fail', 'A, U', 'A'],
  // X:C6.
  'module-reinstall': ['U, B everywhere', 'U', 'A'],
  // X:A7.
  'module-reconfigure': ['U, B everywhere', 'U', 'A'],
  // X:A12.
  'flip-off': ['A, U', 'A, U', 'A'],
  // X:A13.
  'flip-on': ['A, B everywhere', 'A, U, B everywhere', 'A, B everywhere'],
  'flip-off-same': ['U', 'U', 'A'],
  'flip-on-same': ['B everywhere', 'U, B everywhere', 'B everywhere'],
  // X:B7.
  'module-remove': ['U, R', 'U, R', 'R'],
  'module-purge': ['U, R', 'U, R', 'R'],
  // X:A16, X:F4.
  'module-upgrade-abort': ['U, R', 'U, R', 'R'],
  // Section 1.1.3: prerm at `remove`, nothing on abort-remove.
  'module-remove-abort': ['U, R', 'U, R', 'R'],
  // X:C1 to X:C3.
  'kernel-and-module': ['A, B everywhere', 'A', 'A'],
  'kernel-and-upgrade': ['A, U elsewhere, B everywhere', 'A, U for the old kernel', 'A'],
  'kernel-module-and-toolkit': ['A, B everywhere', 'A', 'A'],
  'toolkit-install': nothing,
  'toolkit-upgrade': nothing,
  // X:B8, removed by force: apt takes the modules' packages first, and those are rows of their own.
  'toolkit-remove': nothing,
  boot: nothing,
  'toolkit-install-later': ['–', '–', '–'],
  'boot-later': ['–', '–', '–'],
};

/** The hooks of dkms 3.4 without Debian's autoinstall_all_kernels: sections 1.1.2, 1.1.3 and 1.2. */
const dkms: Readonly<Record<string, Behaviour>> = {
  ...debian,
  'module-install': [
    'A, B for the running and the newest kernel',
    'A; for AUTOINSTALL=no B',
    'A; for AUTOINSTALL=no B',
  ],
  'module-install-without-headers': ['A, B for the running and the newest kernel', 'A', 'A'],
  'module-upgrade': ['A, U, B for the running and the newest kernel', 'A, U', 'A'],
  'module-downgrade': ['A, U, B for the running and the newest kernel', 'A, U', 'A'],
  'module-reinstall': ['U, B for the running and the newest kernel', 'U', 'A'],
  'module-reconfigure': ['U, B for the running and the newest kernel', 'U', 'A'],
  'flip-on': [
    'A, B for the running and the newest kernel',
    'A, U, B elsewhere',
    'A, B for the running and the newest kernel',
  ],
  'flip-on-same': [
    'B for the running and the newest kernel',
    'U, B elsewhere',
    'B for the running and the newest kernel',
  ],
  'kernel-and-module': ['A, B for K and the running kernel', 'A', 'A'],
  'kernel-and-upgrade': ['A, U elsewhere, B for K and the running kernel', 'A, U for the old kernel', 'A'],
  'kernel-module-and-toolkit': ['A, B for K and the running kernel', 'A', 'A'],
};

/** Sections 2.3 and 7, column Arch. AUTOINSTALL is not looked at. */
const arch: Readonly<Record<string, Behaviour>> = {
  'new-kernel': all('B'),
  'new-image-first': all('B'),
  'new-headers-first': all('B'),
  // "Missing K kernel headers", status 0.
  'new-image': all('–, warn'),
  'new-headers': all('–, warn'),
  'new-kernel-fails': all('–, warn'),
  'new-kernel-abort': all('–'),
  'kernel-replaced': ['B, U for the old kernel', 'B, U for the old kernel', 'B'],
  'image-upgrade': ['U, B', 'U, B', 'B'],
  'headers-upgrade': ['U, B', 'U, B', 'B'],
  'kernel-upgrade': ['U, B', 'U, B', 'B'],
  'image-reinstall': none,
  'image-upgrade-without-headers': ['U, warn', 'U, warn', '–, warn'],
  'kernel-upgrade-fails': ['U, warn', 'U, warn', '–, warn'],
  'image-reconfigure': none,
  'headers-reconfigure': none,
  'headers-remove': ['U', 'U', '–'],
  'image-remove': ['U', 'U', '–'],
  'kernel-remove': ['U', 'U', '–'],
  'headers-remove-first': ['U', 'U', '–'],
  'image-purge': none,
  // The Pre hooks have run, the Post hooks do not.
  'image-abort': ['U', 'U', '–'],
  'headers-abort': ['U', 'U', '–'],
  'image-remove-abort': ['U', 'U', '–'],
  'module-install': all('A, B everywhere'),
  'module-install-without-headers': all('A, B elsewhere, warn'),
  'module-upgrade': ['A, U, B everywhere', 'A, U, B everywhere', 'A, B everywhere'],
  'module-downgrade': ['A, U, B everywhere', 'A, U, B everywhere', 'A, B everywhere'],
  'module-upgrade-fails': ['A, U, warn', 'A, U, warn', 'A, warn'],
  'module-reinstall': ['U, B everywhere', 'U, B everywhere', 'B everywhere'],
  'module-reconfigure': none,
  'flip-off': none,
  'flip-on': none,
  'flip-off-same': none,
  'flip-on-same': none,
  'module-remove': ['U, R', 'U, R', 'R'],
  'module-purge': none,
  'module-upgrade-abort': ['U, R', 'U, R', 'R'],
  'module-remove-abort': ['U, R', 'U, R', 'R'],
  'kernel-and-module': all('A, B everywhere'),
  'kernel-and-upgrade': [
    'A, U elsewhere, B everywhere',
    'A, U for the old kernel, B everywhere',
    'A, B everywhere',
  ],
  'kernel-module-and-toolkit': all('A, B everywhere'),
  'toolkit-install': nothing,
  'toolkit-upgrade': nothing,
  'toolkit-remove': nothing,
  boot: nothing,
  'toolkit-install-later': all('–'),
  'boot-later': all('–'),
};

/** Sections 3.3 and 7, column Fdk; module packages of shape (a), which build for the running kernel. */
const fedora: Readonly<Record<string, Behaviour>> = {
  'new-kernel': ['B', '–', '–'],
  // The headers have no hook; the next start does it.
  'new-image-first': ['–, warn', '–', '–'],
  'new-headers-first': ['B', '–', '–'],
  'new-image': ['–, warn', '–', '–'],
  'new-headers': ['–', '–', '–'],
  'new-kernel-fails': ['–, warn', '–', '–'],
  'new-kernel-abort': ['–', '–', '–'],
  'kernel-replaced': none,
  // X:RPM: the old package's %preun removes all, %posttrans builds what has AUTOINSTALL=yes.
  'image-upgrade': ['U, B', 'U', '–'],
  'headers-upgrade': nothing,
  'kernel-upgrade': ['U, B', 'U', '–'],
  'image-reinstall': ['U, B', 'U', '–'],
  'image-upgrade-without-headers': ['U, warn', 'U', '–'],
  'kernel-upgrade-fails': ['U, warn', 'U', '–'],
  'image-reconfigure': none,
  'headers-reconfigure': none,
  'headers-remove': nothing,
  'image-remove': ['U', 'U', '–'],
  'kernel-remove': ['U', 'U', '–'],
  'headers-remove-first': ['U', 'U', '–'],
  'image-purge': none,
  // %pre only.
  'image-abort': nothing,
  'headers-abort': nothing,
  'image-remove-abort': none,
  'module-install': all('A, B for the running kernel'),
  'module-install-without-headers': all('A, B for the running kernel'),
  // New %post, then old %preun.
  'module-upgrade': [
    'A, U for K and the newest kernel, carry for the running kernel',
    'A, U, B for the running kernel',
    'A, B for the running kernel',
  ],
  'module-downgrade': [
    'A, U for K and the newest kernel, carry for the running kernel',
    'A, U, B for the running kernel',
    'A, B for the running kernel',
  ],
  'module-upgrade-fails': ['A, U, warn', 'A, U, warn', 'A, warn'],
  // X:rpm-unshare.
  'module-reinstall': ['K; with a private /tmp U, R', 'K; with a private /tmp U, R', 'A'],
  'module-reconfigure': none,
  'flip-off': [
    'A, U for K and the newest kernel, carry for the running kernel',
    'A, U, B for the running kernel',
    'A, B for the running kernel',
  ],
  'flip-on': ['A, B for the running kernel', 'A, U, B for the running kernel', 'A, B for the running kernel'],
  'flip-off-same': none,
  'flip-on-same': none,
  'module-remove': ['U, R', 'U, R', 'R'],
  'module-purge': none,
  // The new %post never ran.
  'module-upgrade-abort': ['K', 'K', 'A'],
  'module-remove-abort': none,
  'kernel-and-module': [
    'A, B for K and the running kernel',
    'A, B for the running kernel',
    'A, B for the running kernel',
  ],
  'kernel-and-upgrade': [
    'A, B for K, U for the old kernel, carry for the running kernel',
    'A, U for the old kernel, B for the running kernel',
    'A, B for the running kernel',
  ],
  'kernel-module-and-toolkit': [
    'A, B for K and the running kernel',
    'A, B for the running kernel',
    'A, B for the running kernel',
  ],
  'toolkit-install': nothing,
  'toolkit-upgrade': nothing,
  'toolkit-remove': nothing,
  // dkms.service looks for what the running kernel lacks.
  boot: nothing,
  'toolkit-install-later': ['–', '–', '–'],
  'boot-later': ['–; B when K is what starts', '–', '–'],
};

/** By the preset that is to do as well or better. */
export const distributionBehaviour = { debian, arch, fedora, 'dkms-compat': dkms } as const satisfies Partial<
  Record<PresetName, Readonly<Record<string, Behaviour>>>
>;
