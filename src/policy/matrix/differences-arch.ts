import { type Difference, whys } from './difference.ts';

/** Where the preset `arch` differs from Arch's dkms hooks (docs/distro-matrix.md, sections 2.3 and 7). */
export const archDifferences: readonly Difference[] = [
  {
    row: 'new-image',
    cells: {
      autoinstall: ['–, warn', 'waits for headers'],
      'by-hand': ['–, warn', 'waits for headers'],
      'not-installed': ['–, warn', 'waits for headers'],
    },
    why: whys.shown,
  },
  {
    row: 'new-headers',
    cells: { autoinstall: ['–, warn', 'B'], 'by-hand': ['–, warn', 'B'], 'not-installed': ['–, warn', 'B'] },
    why: whys.early,
  },
  {
    row: 'image-upgrade',
    cells: { autoinstall: ['U, B', 'F'], 'by-hand': ['U, B', 'F'] },
    why: whys.swapped,
  },
  {
    row: 'headers-upgrade',
    cells: { autoinstall: ['U, B', 'F'], 'by-hand': ['U, B', 'F'] },
    why: whys.swapped,
  },
  {
    row: 'kernel-upgrade',
    cells: { autoinstall: ['U, B', 'F'], 'by-hand': ['U, B', 'F'] },
    why: whys.swapped,
  },
  {
    row: 'image-upgrade-without-headers',
    cells: { autoinstall: ['U, warn', 'K'], 'by-hand': ['U, warn', 'K'] },
    why: whys.notLost,
  },
  {
    row: 'image-upgrade-without-headers',
    cells: { 'not-installed': ['–, warn', 'waits for headers'] },
    why: whys.shown,
  },
  {
    row: 'kernel-upgrade-fails',
    cells: { autoinstall: ['U, warn', 'K, warn'], 'by-hand': ['U, warn', 'K, warn'] },
    why: whys.lastGood,
  },
  { row: 'headers-remove', cells: { 'not-installed': ['–', 'waits for headers'] }, why: whys.shown },
  { row: 'image-abort', cells: { autoinstall: ['U', 'K'], 'by-hand': ['U', 'K'] }, why: whys.aborted },
  { row: 'image-abort', cells: { 'not-installed': ['–', 'B'] }, why: whys.madeUp },
  { row: 'headers-abort', cells: { autoinstall: ['U', 'K'], 'by-hand': ['U', 'K'] }, why: whys.aborted },
  { row: 'headers-abort', cells: { 'not-installed': ['–', 'B'] }, why: whys.madeUp },
  { row: 'image-remove-abort', cells: { autoinstall: ['U', 'K'], 'by-hand': ['U', 'K'] }, why: whys.aborted },
  { row: 'image-remove-abort', cells: { 'not-installed': ['–', 'B'] }, why: whys.madeUp },
  {
    row: 'module-install-without-headers',
    cells: {
      autoinstall: ['A, B elsewhere, warn', 'A, waits for headers, B elsewhere'],
      'by-hand': ['A, B elsewhere, warn', 'A, waits for headers, B elsewhere'],
      'not-installed': ['A, B elsewhere, warn', 'A, waits for headers, B elsewhere'],
    },
    why: whys.shown,
  },
  {
    row: 'module-upgrade',
    cells: {
      autoinstall: ['A, U, B everywhere', 'A, carry'],
      'by-hand': ['A, U, B everywhere', 'A, carry, B elsewhere'],
    },
    why: whys.carried,
  },
  {
    row: 'module-downgrade',
    cells: {
      autoinstall: ['A, U, B everywhere', 'A, carry'],
      'by-hand': ['A, U, B everywhere', 'A, carry, B elsewhere'],
    },
    why: whys.carried,
  },
  {
    row: 'module-upgrade-fails',
    cells: { autoinstall: ['A, U, warn', 'A, K, warn'], 'by-hand': ['A, U, warn', 'A, K, warn'] },
    why: whys.lastGood,
  },
  {
    row: 'module-reinstall',
    cells: { autoinstall: ['U, B everywhere', 'S'], 'by-hand': ['U, B everywhere', 'S, B elsewhere'] },
    why: whys.stale,
  },
  {
    row: 'module-upgrade-abort',
    cells: { autoinstall: ['U, R', 'K'], 'by-hand': ['U, R', 'K'] },
    why: whys.aborted,
  },
  { row: 'module-upgrade-abort', cells: { 'not-installed': ['R', 'A'] }, why: whys.aborted },
  {
    row: 'module-remove-abort',
    cells: { autoinstall: ['U, R', 'K'], 'by-hand': ['U, R', 'K'] },
    why: whys.aborted,
  },
  { row: 'module-remove-abort', cells: { 'not-installed': ['R', 'A'] }, why: whys.aborted },
  {
    row: 'kernel-and-upgrade',
    cells: {
      autoinstall: ['A, U elsewhere, B everywhere', 'A, B for K, carry elsewhere'],
      'by-hand': [
        'A, U for the old kernel, B everywhere',
        'A, B for K and the running kernel, carry for the old kernel',
      ],
    },
    why: whys.carried,
  },
  {
    row: 'toolkit-install',
    cells: {
      autoinstall: ['K', 'S'],
      'by-hand': ['K', 'S, B elsewhere'],
      'not-installed': ['–', 'B everywhere'],
    },
    why: whys.madeUp,
  },
  {
    row: 'toolkit-upgrade',
    cells: {
      autoinstall: ['K', 'S'],
      'by-hand': ['K', 'S, B elsewhere'],
      'not-installed': ['–', 'B everywhere'],
    },
    why: whys.madeUp,
  },
  {
    row: 'boot',
    cells: {
      autoinstall: ['K', 'S'],
      'by-hand': ['K', 'S, B elsewhere'],
      'not-installed': ['–', 'B everywhere'],
    },
    why: whys.madeUp,
  },
  {
    row: 'toolkit-install-later',
    cells: {
      autoinstall: ['–', 'B for K, S elsewhere'],
      'by-hand': ['–', 'B for K and the running kernel, S for the old kernel'],
      'not-installed': ['–', 'B everywhere'],
    },
    why: whys.madeUp,
  },
  {
    row: 'boot-later',
    cells: {
      autoinstall: ['–', 'B for K, S elsewhere'],
      'by-hand': ['–', 'B for K and the running kernel, S for the old kernel'],
      'not-installed': ['–', 'B everywhere'],
    },
    why: whys.madeUp,
  },
];
