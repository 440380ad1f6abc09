import { type Difference, whys } from './difference.ts';

/** Where the preset `dkms-compat` differs from dkms 3.4 with its own hooks (docs/distro-matrix.md, section 1). */
export const dkmsDifferences: readonly Difference[] = [
  { row: 'new-headers-first', cells: { autoinstall: ['B, U, B', 'B'] }, why: whys.once },
  { row: 'new-image', cells: { autoinstall: ['–', 'waits for headers'] }, why: whys.shown },
  { row: 'image-upgrade', cells: { autoinstall: ['U, B', 'F'] }, why: whys.swapped },
  { row: 'headers-upgrade', cells: { autoinstall: ['K', 'F'] }, why: whys.headersCount },
  { row: 'kernel-upgrade', cells: { autoinstall: ['U, B', 'F'] }, why: whys.swapped },
  { row: 'image-upgrade-without-headers', cells: { autoinstall: ['U', 'K'] }, why: whys.notLost },
  { row: 'kernel-upgrade-fails', cells: { autoinstall: ['U, fail', 'K, fail'] }, why: whys.lastGood },
  { row: 'image-reconfigure', cells: { autoinstall: ['U, B', 'F'] }, why: whys.swapped },
  { row: 'headers-reconfigure', cells: { autoinstall: ['K', 'F'] }, why: whys.headersCount },
  { row: 'image-abort', cells: { autoinstall: ['U', 'K'] }, why: whys.aborted },
  { row: 'image-remove-abort', cells: { autoinstall: ['U', 'U, B'] }, why: whys.madeUp },
  {
    row: 'module-install',
    cells: { 'by-hand': ['A; for AUTOINSTALL=no B', 'A'], 'not-installed': ['A; for AUTOINSTALL=no B', 'A'] },
    why: whys.noIsNo,
  },
  {
    row: 'module-upgrade',
    cells: { autoinstall: ['A, U, B for the running and the newest kernel', 'A, U for K, carry elsewhere'] },
    why: whys.carried,
  },
  {
    row: 'module-downgrade',
    cells: { autoinstall: ['A, U, B for the running and the newest kernel', 'A, U for K, carry elsewhere'] },
    why: whys.carried,
  },
  {
    row: 'module-upgrade-fails',
    cells: { autoinstall: ['A, U, fail', 'A, U for K, fail'] },
    why: whys.lastGood,
  },
  {
    row: 'module-reinstall',
    cells: { autoinstall: ['U, B for the running and the newest kernel', 'S'] },
    why: whys.stale,
  },
  { row: 'module-reinstall', cells: { 'by-hand': ['U', 'K'] }, why: whys.sameVersion },
  {
    row: 'module-reconfigure',
    cells: { autoinstall: ['U, B for the running and the newest kernel', 'F'] },
    why: whys.swapped,
  },
  { row: 'module-reconfigure', cells: { 'by-hand': ['U', 'K'] }, why: whys.sameVersion },
  { row: 'flip-off-same', cells: { autoinstall: ['U', 'K'], 'by-hand': ['U', 'K'] }, why: whys.sameVersion },
  { row: 'flip-on-same', cells: { 'by-hand': ['U, B elsewhere', 'S, B elsewhere'] }, why: whys.sameVersion },
  {
    row: 'module-upgrade-abort',
    cells: { autoinstall: ['U, R', 'K'], 'by-hand': ['U, R', 'K'], 'not-installed': ['R', 'A'] },
    why: whys.aborted,
  },
  {
    row: 'module-remove-abort',
    cells: {
      autoinstall: ['U, R', 'U, R, A, B for the running and the newest kernel'],
      'by-hand': ['U, R', 'U, R, A'],
      'not-installed': ['R', 'R, A'],
    },
    why: whys.madeUp,
  },
  {
    row: 'kernel-and-upgrade',
    cells: {
      autoinstall: [
        'A, U elsewhere, B for K and the running kernel',
        'A, B for K, U for the old kernel, carry for the running kernel',
      ],
    },
    why: whys.carried,
  },
  {
    row: 'kernel-module-and-toolkit',
    cells: {
      autoinstall: [
        'A, B for K and the running kernel',
        'A, B for K and the running kernel, B for the old kernel',
      ],
    },
    why: whys.madeUp,
  },
  { row: 'toolkit-install', cells: { autoinstall: ['K', 'S'] }, why: whys.madeUp },
  { row: 'toolkit-upgrade', cells: { autoinstall: ['K', 'S'] }, why: whys.madeUp },
  { row: 'boot', cells: { autoinstall: ['K', 'S'] }, why: whys.madeUp },
  { row: 'toolkit-install-later', cells: { autoinstall: ['–', 'B for K, S elsewhere'] }, why: whys.madeUp },
  { row: 'boot-later', cells: { autoinstall: ['–', 'B for K, S elsewhere'] }, why: whys.madeUp },
];
