import { exit, inField, type KnownDifference, stateAndExit } from './known-difference.ts';

const readers = ["dkms's is read by ours", 'ours is read by ours'];
const kernelsOfArchive = ['all kernels', 'two kernels', 'two in the other order'];
const loading = (who: readonly string[], kinds: readonly string[]) =>
  who.flatMap((reader) => kinds.map((kind) => `ldtarball: ${reader}, ${kind}`));

/** What a dkms after the oracle does as we do. */
export const newerDkms: readonly KnownDifference[] = [
  {
    id: 'unknown needs are put off',
    why: 'dkms 3.4.1, §6.7',
    where: ['autoinstall: a need that dkms does not know'],
    matches: exit('11', '0'),
  },
  {
    id: 'match reads its own status',
    why: '§6.11: 3.2.2 still expects the lines of dkms 2 there, 3.4.3 does not',
    where: [
      'match: all that is installed',
      'match: one module',
      'match: a failing one',
      'match: older and newer versions',
      'scripts: match',
    ],
    matches: stateAndExit,
  },
  {
    id: 'every kernel of an archive is loaded',
    why: '§6.13: 3.2.2 loads the first',
    where: [
      ...loading(readers, kernelsOfArchive),
      'ldtarball: by option',
      'ldtarball: by option with a sign',
      'ldtarball: the source is there already',
      'ldtarball: the source is there already, by force',
      'ldtarball: binaries and the source is there',
      'add: a tarball of dkms',
      'install: a tarball of dkms',
    ],
    matches: stateAndExit,
  },
  {
    id: 'exclusions of single objects',
    why: 'dkms 3.3.0, §2.7',
    where: [
      'status: excluded objects',
      'BUILD_EXCLUSIVE: the second of three',
      'BUILD_EXCLUSIVE: the last of three',
      'BUILD_EXCLUSIVE: two of three',
    ],
    matches: inField('status', 'output', 'tree'),
  },
  {
    id: 'build_environment',
    why: 'dkms 3.3.0, §2.6',
    where: ['framework: the build environment'],
    matches: inField('environment'),
  },
  {
    id: "the admin's patches and scripts",
    why: 'dkms 3.4.0, §2.8, §2.9',
    where: ['PATCH: of the admin', 'scripts: of the admin'],
    matches: stateAndExit,
  },
  {
    id: 'nothing is signed in a chroot, or against a wish',
    why: 'dkms 3.4.0, §3.3',
    where: ['signing: in what looks like a chroot', 'signing: FAKECHROOT', 'signing: forbidden'],
    matches: ({ field, oracle, ours }) =>
      field === 'tree' && oracle.includes('signer:') && !ours.includes('signer:'),
  },
  {
    id: "the headers' own sign tool",
    why: '§3.3: 3.4.3 takes it when there is no other',
    where: ['signing: a program that is not there', 'trees: headers elsewhere'],
    matches: ({ field, oracle, ours }) =>
      field === 'tree' && !oracle.includes('signer:') && ours.includes('signer:'),
  },
];
