import { exit, inField, type KnownDifference, state, stateAndExit } from './known-difference.ts';

/** What we do otherwise than any dkms. */
export const decided: readonly KnownDifference[] = [
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
    where: ['scripts: kernel_preinst', 'kernel_preinst: takes the automatic ones'],
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
      'framework: the install tree',
      'trees: --installtree',
      'trees: all trees',

      'build: a kernel with only headers',
      'install: no modules folder',
    ],
    matches: ({ field, subject, ours }) =>
      (field === 'tree' && /\.ko(\.\w+)?$/.test(subject)) || (field === 'calls' && ours.includes('.ko.xz')),
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
    id: 'what is broken can be removed',
    why: '42: dkms wants a good dkms.conf, and a source, for taking away what it has installed',
    where: [
      'kernel_prerm: one broken',
      ...['no name', 'an empty name', 'no version', 'neither name nor version', 'no place'].map(
        (what) => `valid: ${what}, of what is installed`,
      ),
      'valid: no place of the second, of what is installed',
    ],
    matches: stateAndExit,
  },
  {
    id: 'it is known what was installed where',
    why: '48, 49: dkms looks where the conf and the distribution of today would have it',
    where: [
      'places: by ADDON_MODULES_DIR',
      'places: moved to another distribution',
      'override: where objects go',
      // An /etc/dkms/MODULE.conf names the object, and dkms's status does not look there.
      'generated 1/29',
      // Another MODULE_VERSION: dkms takes its own file for the kernel's.
      'build: by force after a change',
    ],
    matches: inField('status', 'output', 'tree'),
  },
  {
    id: "the kernel package's folders of an rpm distribution stay",
    why: '53: dkms asks rpm, which is not there',
    where: ['fedora', 'opensuse-tumbleweed', 'rhel', 'almalinux', 'sles'].map((name) => `places: on ${name}`),
    matches: inField('tree'),
  },
  {
    id: 'no entry is lost in an array with holes',
    why: '§2.4: dkms counts the elements and looks at as many from the first index',
    where: ['conf: a sparse array', 'MAKE_MATCH: a hole', 'MAKE_MATCH: two holes', 'PATCH: a hole'],
    matches: stateAndExit,
  },
  {
    id: 'a blank in the name of a patch',
    why: '§12.11, 40',
    where: ['PATCH: a blank in the name'],
    matches: stateAndExit,
  },
  {
    id: 'objects come from the build folder',
    why: '§9: dkms takes them from anywhere',
    where: ['objects: a place above'],
    matches: stateAndExit,
  },
  {
    id: 'a second original goes to collisions',
    why: '§12.8, 50',
    where: ['original: in four places'],
    matches: inField('status', 'output', 'tree'),
  },
  {
    id: "an original does not replace the kernel package's newer one",
    why: '51',
    where: ['original: a new one came meanwhile'],
    matches: inField('tree'),
  },
  {
    id: 'a build whose POST_BUILD failed has its log',
    why: 'the result is in its place, and its log with it; dkms leaves that in the build folder',
    where: 'anywhere',
    matches: ({ field, subject, oracle, ours }) =>
      field === 'tree' &&
      subject.endsWith('/log/make.log') &&
      oracle === '(as before)' &&
      !/^# exit code: [^0]/m.test(ours),
  },
  {
    id: 'no empty folder of logs',
    why: 'a build whose POST_BUILD failed has no log; dkms makes the folder for it',
    where: 'anywhere',
    matches: ({ field, subject, ours }) =>
      field === 'tree' && subject.endsWith('/log') && ours === '(as before)',
  },
  {
    id: 'no file of TMPDIR is needed',
    why: '§1.1: dkms cannot do without',
    where: ['trees: a bad TMPDIR'],
    matches: stateAndExit,
  },
  {
    id: 'the tree may be spelled with a slash',
    why: '§12.13',
    where: ['framework: the tree, with a slash'],
    matches: stateAndExit,
  },
  {
    id: 'jobs are a number',
    why: 'dkms lets make refuse them',
    where: ['framework: jobs that are none'],
    matches: stateAndExit,
  },
  {
    id: 'post_transaction when something has changed',
    why: '§12.6, 38: also after autoinstall, not after an install that skips',
    where: ['framework: what is run after each action', 'framework: what is run after autoinstall'],
    matches: ({ field, subject }) =>
      field === 'calls' || (field === 'tree' && subject.endsWith('/post_transaction.log')),
  },
  {
    id: 'settings are not passed on',
    why: '§2.2: dkms exports some of those that --directive gives, and hides others',
    where: ['--directive: two', '--directive: with a sign', '--directive: adds a script'],
    matches: ({ field, subject }) => field === 'environment' && /(STRIP|PRE_BUILD)$/.test(subject),
  },
  {
    id: 'status says nothing of directives',
    why: 'dkms says them again, in the middle of a line',
    where: ['--directive: adds a script'],
    matches: inField('output'),
  },
];
