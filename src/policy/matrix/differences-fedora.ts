import { type Difference, whys } from './difference.ts';

/** Where the preset `fedora` differs from Fedora's dkms (docs/distro-matrix.md, sections 3.3 and 7). */
export const fedoraDifferences: readonly Difference[] = [
  { row: 'new-image-first', cells: { autoinstall: ['–, warn', 'B, warn'] }, why: whys.madeUp },
  { row: 'new-image', cells: { autoinstall: ['–, warn', 'waits for headers, warn'] }, why: whys.shown },
  { row: 'new-headers', cells: { autoinstall: ['–', 'B'] }, why: whys.early },
  { row: 'image-upgrade', cells: { autoinstall: ['U, B', 'S'], 'by-hand': ['U', 'S'] }, why: whys.stale },
  {
    row: 'headers-upgrade',
    cells: { autoinstall: ['K', 'S'], 'by-hand': ['K', 'S'] },
    why: whys.headersCount,
  },
  { row: 'kernel-upgrade', cells: { autoinstall: ['U, B', 'S'], 'by-hand': ['U', 'S'] }, why: whys.stale },
  { row: 'image-reinstall', cells: { autoinstall: ['U, B', 'S'], 'by-hand': ['U', 'S'] }, why: whys.stale },
  {
    row: 'image-upgrade-without-headers',
    cells: { autoinstall: ['U, warn', 'K, warn if stale'], 'by-hand': ['U', 'K, warn if stale'] },
    why: whys.notLost,
  },
  {
    row: 'kernel-upgrade-fails',
    cells: { autoinstall: ['U, warn', 'K, warn'], 'by-hand': ['U', 'K, warn'] },
    why: whys.lastGood,
  },
  {
    row: 'headers-remove',
    cells: { autoinstall: ['K', 'K, warn if stale'], 'by-hand': ['K', 'K, warn if stale'] },
    why: whys.shown,
  },
  {
    row: 'headers-remove-first',
    cells: { autoinstall: ['U', 'U, warn if stale'], 'by-hand': ['U', 'U, warn if stale'] },
    why: whys.shown,
  },
  {
    row: 'module-install',
    cells: {
      autoinstall: ['A, B for the running kernel', 'A, B for the running and the newest kernel'],
      'by-hand': ['A, B for the running kernel', 'A, B for the running and the newest kernel'],
      'not-installed': ['A, B for the running kernel', 'A, B for the running and the newest kernel'],
    },
    why: whys.inUse,
  },
  {
    row: 'module-install-without-headers',
    cells: {
      autoinstall: ['A, B for the running kernel', 'A, B for the running and the newest kernel'],
      'by-hand': ['A, B for the running kernel', 'A, B for the running and the newest kernel'],
      'not-installed': ['A, B for the running kernel', 'A, B for the running and the newest kernel'],
    },
    why: whys.inUse,
  },
  {
    row: 'module-upgrade',
    cells: {
      autoinstall: ['A, U for K and the newest kernel, carry for the running kernel', 'A, carry'],
      'by-hand': ['A, U, B for the running kernel', 'A, carry, B elsewhere'],
    },
    why: whys.carried,
  },
  {
    row: 'module-upgrade',
    cells: { 'not-installed': ['A, B for the running kernel', 'A, B for the running and the newest kernel'] },
    why: whys.inUse,
  },
  {
    row: 'module-downgrade',
    cells: {
      autoinstall: ['A, U for K and the newest kernel, carry for the running kernel', 'A, carry'],
      'by-hand': ['A, U, B for the running kernel', 'A, carry, B elsewhere'],
    },
    why: whys.carried,
  },
  {
    row: 'module-downgrade',
    cells: { 'not-installed': ['A, B for the running kernel', 'A, B for the running and the newest kernel'] },
    why: whys.inUse,
  },
  {
    row: 'module-upgrade-fails',
    cells: { autoinstall: ['A, U, warn', 'A, K, warn'], 'by-hand': ['A, U, warn', 'A, K, warn'] },
    why: whys.lastGood,
  },
  {
    row: 'module-reinstall',
    cells: {
      autoinstall: ['K; with a private /tmp U, R', 'S'],
      'by-hand': ['K; with a private /tmp U, R', 'S, B elsewhere'],
      'not-installed': ['A', 'B for the running and the newest kernel'],
    },
    why: whys.noHandOver,
  },
  {
    row: 'flip-off',
    cells: {
      autoinstall: ['A, U for K and the newest kernel, carry for the running kernel', 'A, carry'],
      'by-hand': ['A, U, B for the running kernel', 'A, carry, B elsewhere'],
    },
    why: whys.carried,
  },
  {
    row: 'flip-off',
    cells: { 'not-installed': ['A, B for the running kernel', 'A, B for the running and the newest kernel'] },
    why: whys.inUse,
  },
  {
    row: 'flip-on',
    cells: {
      autoinstall: ['A, B for the running kernel', 'A, B for the running and the newest kernel'],
      'not-installed': ['A, B for the running kernel', 'A, B for the running and the newest kernel'],
    },
    why: whys.inUse,
  },
  {
    row: 'flip-on',
    cells: { 'by-hand': ['A, U, B for the running kernel', 'A, carry, B elsewhere'] },
    why: whys.carried,
  },
  {
    row: 'kernel-and-module',
    cells: {
      'by-hand': ['A, B for the running kernel', 'A, B for K and the running kernel'],
      'not-installed': ['A, B for the running kernel', 'A, B for K and the running kernel'],
    },
    why: whys.inUse,
  },
  {
    row: 'kernel-and-upgrade',
    cells: {
      autoinstall: [
        'A, B for K, U for the old kernel, carry for the running kernel',
        'A, B for K, carry elsewhere',
      ],
      'by-hand': [
        'A, U for the old kernel, B for the running kernel',
        'A, B for K and the running kernel, carry for the old kernel',
      ],
    },
    why: whys.carried,
  },
  {
    row: 'kernel-and-upgrade',
    cells: { 'not-installed': ['A, B for the running kernel', 'A, B for K and the running kernel'] },
    why: whys.inUse,
  },
  {
    row: 'kernel-module-and-toolkit',
    cells: { autoinstall: ['A, B for K and the running kernel', 'A, B everywhere'] },
    why: whys.madeUp,
  },
  {
    row: 'kernel-module-and-toolkit',
    cells: {
      'by-hand': ['A, B for the running kernel', 'A, B for K and the running kernel'],
      'not-installed': ['A, B for the running kernel', 'A, B for K and the running kernel'],
    },
    why: whys.inUse,
  },
  { row: 'toolkit-install', cells: { autoinstall: ['K', 'S'], 'by-hand': ['K', 'S'] }, why: whys.madeUp },
  { row: 'toolkit-upgrade', cells: { autoinstall: ['K', 'S'], 'by-hand': ['K', 'S'] }, why: whys.madeUp },
  { row: 'boot', cells: { autoinstall: ['K', 'S'], 'by-hand': ['K', 'S'] }, why: whys.madeUp },
  {
    row: 'toolkit-install-later',
    cells: { autoinstall: ['–', 'B for K, S elsewhere'], 'by-hand': ['–', 'S for the old kernel'] },
    why: whys.madeUp,
  },
  {
    row: 'boot-later',
    cells: {
      autoinstall: ['–; B when K is what starts', 'B for K, S elsewhere'],
      'by-hand': ['–', 'S for the old kernel'],
    },
    why: whys.madeUp,
  },
];
