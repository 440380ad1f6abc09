import type { Difference } from './compare.ts';

/** Where we and the oracle do not agree, and are right not to. */
export interface KnownDifference {
  readonly id: string;
  /** Sections are those of docs/dkms-compat.md, numbers those of docs/decisions.md. The oracle is dkms 3.2.2. */
  readonly why: string;
  /** The scenarios that it has to show in; a general one counts wherever it shows. */
  readonly where: readonly string[] | 'anywhere';
  readonly matches: (difference: Difference) => boolean;
}

type Field = Difference['field'];

/** Any difference in these fields. */
const inField = (...fields: Field[]) => {
  return ({ field }: Difference) => fields.includes(field);
};
/** What follows when one side does a thing that the other does not. */
const state = inField('status', 'output', 'tree', 'calls', 'index');
const stateAndExit = inField('status', 'output', 'tree', 'calls', 'index', 'exit');
/** Another exit status, which one side may leave open. */
const exit = (oracle?: string, ours?: string) => (difference: Difference) =>
  difference.field === 'exit' &&
  difference.oracle === (oracle ?? difference.oracle) &&
  difference.ours === (ours ?? difference.ours);

const readers = ["dkms's is read by ours", 'ours is read by ours'];
const kernelsOfArchive = ['all kernels', 'two kernels', 'two in the other order'];
const binaries = ['binaries only', 'binaries of all'];
const loading = (who: readonly string[], kinds: readonly string[]) =>
  who.flatMap((reader) => kinds.map((kind) => `ldtarball: ${reader}, ${kind}`));

export const knownDifferences: readonly KnownDifference[] = [
  {
    id: 'the index is made where dkms leaves it',
    why: '§12.5, 37, 54: kernel_prerm and kernel_preinst never run depmod, and a missing index stays missing',
    where: 'anywhere',
    matches: ({ field, oracle, ours }) => field === 'index' && oracle !== 'fresh' && ours === 'fresh',
  },
  {
    id: 'nothing is left in /tmp',
    why: '§12.26: a dkms that is ended, or builds an archive, leaves its folder there',
    where: 'anywhere',
    matches: ({ field, ours }) => field === 'litter' && ours === '',
  },
  {
    id: 'emptied folders go',
    why: '44: dkms keeps them when the module that was in them is gone already',
    where: 'anywhere',
    matches: ({ field, subject, oracle }) =>
      field === 'tree' &&
      /^\/usr\/lib\/modules\/[^/]+\/updates(\/dkms)?$/.test(subject) &&
      oracle.startsWith('folder'),
  },
  {
    id: 'no action is a mistake',
    why: '§12.1, 33',
    where: ['refused: dkms', 'refused: dkms frobnicate'],
    matches: exit('0', '2'),
  },
  {
    id: 'one bad kernel fails the run',
    why: '§12.2, 34',
    where: ['build: many kernels, one bad', 'several kernels: excluded on one'],
    matches: exit('0'),
  },
  {
    id: 'one bad conf does not stop the others',
    why: '§12.3, 42',
    where: ['autoinstall: a bad conf', 'autoinstall: no conf'],
    matches: stateAndExit,
  },
  {
    id: 'no MAKE left from another module',
    why: '§12.4',
    where: ['autoinstall: MAKE_MATCH of one is not for the next'],
    matches: stateAndExit,
  },
  {
    id: 'unknown needs are put off',
    why: 'dkms 3.4.1, §6.7',
    where: ['autoinstall: a need that dkms does not know'],
    matches: exit('11', '0'),
  },
  {
    id: 'two names in one need are two needs',
    why: '§2.4: autoinstall puts them in order, and then the build refuses them',
    where: ['build: two names in one need', 'autoinstall: two names in one element'],
    matches: stateAndExit,
  },
  {
    id: 'a failed rebuild keeps the build',
    why: '§12.15, 36',
    where: [
      'build: by force, and it fails',
      'build: by force what is installed, and it fails',
      'dependents: the rebuild fails',
    ],
    matches: stateAndExit,
  },
  {
    id: 'kernel_preinst marks',
    why: '§12.15, 35',
    where: ['kernel_preinst: takes the automatic ones'],
    matches: state,
  },
  {
    id: 'kernels may have any name',
    why: '§12.12, 37: dkms does not see some, wipes others, and hears no depmod',
    where: [
      'remove: a kernel that ends like a folder of dkms',
      'remove: all of a kernel that begins with a letter',
    ],
    matches: stateAndExit,
  },
  {
    id: 'installed is what the link leads to',
    why: '§12.13',
    where: ['status: the tree is a link'],
    matches: inField('status', 'output'),
  },
  {
    id: 'every suffix counts',
    why: '§12.14, 43: without other modules to look at dkms does not find its own compressed ones',
    where: [
      'uninstall: the kernel is gone',
      'unbuild: the kernel is gone',
      'remove: the kernel is gone',
      'kernel_prerm: the kernel is gone',
    ],
    matches: inField('status', 'output'),
  },
  {
    id: "the kernel's config says how to compress",
    why: '§12.14, 43',
    where: [
      'compression: none, then some',
      'build: a kernel with only headers',
      'install: no modules folder',
    ],
    matches: ({ field, subject }) => field === 'tree' && /\.ko(\.\w+)?$/.test(subject),
  },
  {
    id: 'no link is left dangling',
    why: '§5.3: dkms neither uninstalls nor removes what it has lost the build of',
    where: ['remove: the build is gone'],
    matches: inField('tree'),
  },
  {
    id: "others' empty folders stay",
    why: '§12.27, 44',
    where: ['kernel hooks: empty folders of others'],
    matches: ({ field, oracle }) => field === 'tree' && oracle === '(gone)',
  },
  {
    id: 'match reads its own status',
    why: '§6.11: 3.2.2 still expects the lines of dkms 2 there, 3.4.3 does not',
    where: ['all that is installed', 'one module', 'a failing one', 'older and newer versions'].map(
      (name) => `match: ${name}`,
    ),
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
    id: 'builds without a source are seen',
    why: '§12.18, 68',
    where: loading(['ours is read by dkms', ...readers], binaries),
    matches: stateAndExit,
  },
  {
    id: 'loading by force ends well',
    why: '§12.18',
    where: ['ldtarball: what is there already', 'ldtarball: a plain source twice'],
    matches: stateAndExit,
  },
  {
    id: 'an archive of no kernel is called source-only',
    why: '§6.12: dkms leaves the name without its end',
    where: ['mktarball: nothing is built'],
    matches: inField('tree'),
  },
  {
    id: 'a source is never merged into',
    why: '§12.19, 69',
    where: ['add: a folder over another source'],
    matches: stateAndExit,
  },
  {
    id: 'quotes in values stay',
    why: '§12.11, 40',
    where: ['conf: double quotes inside', 'conf: blanks in quotes'],
    matches: stateAndExit,
  },
  {
    id: 'a word that begins with make is another word',
    why: '§2.6: dkms puts its arguments into the middle of it',
    where: ['conf: make of another name'],
    matches: inField('calls'),
  },
  {
    id: 'a conf cannot end us',
    why: '§12.3, 42',
    where: ['conf: it ends the dkms'],
    matches: exit('143'),
  },
  {
    id: 'exclusions of single objects',
    why: 'dkms 3.3.0, §2.7',
    where: ['status: excluded objects'],
    matches: inField('status', 'output'),
  },
];
