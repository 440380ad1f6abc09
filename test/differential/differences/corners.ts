import { exit, type KnownDifference, stateAndExit } from './known-difference.ts';

/** Corners where we are kinder or more exact than any dkms. */
export const corners: readonly KnownDifference[] = [
  {
    id: 'the version needs no os-release',
    why: '§1.1: dkms looks at the distribution before its arguments',
    where: ['no os-release'],
    matches: exit('4', '0'),
  },
  {
    id: 'a folder that is added can be installed',
    why: 'dkms ends with 3 when the module of the folder is registered, although the same source is there',
    where: ['install: a folder'],
    matches: exit('3', '0'),
  },
  {
    id: 'what loads modules does not see a module',
    why: '37: it runs once for all modules of a run, and dkms shows it what it happened to export last',
    where: ['install: load what is there on the running kernel'],
    matches: ({ field, subject, ours }) =>
      field === 'environment' && /^(modprobe|systemctl) /.test(subject) && ours === '(as before)',
  },
  {
    id: 'no folder of others keeps a module registered',
    why: 'dkms takes every folder beside its own for that of a kernel, and goes on to call the module added',
    where: ['remove: what is not its own stays'],
    matches: ({ field, subject }) =>
      field === 'status' || (field === 'tree' && subject.startsWith('/var/lib/dkms/twin/1.0')),
  },
  {
    id: 'blanks around a value do not count',
    why: '§12.11, 40: dkms looks for a kernel with a blank in its name, or takes the folder for the script',
    where: [
      'MAKE_MATCH: blanks in a match',
      'scripts: PRE_BUILD with a blank before',
      'scripts: PRE_INSTALL with a blank before',
    ],
    matches: stateAndExit,
  },
  {
    id: 'a folder is no script',
    why: '§2.8: what cannot be executed is a warning, but dkms tries to execute folders',
    where: ['scripts: PRE_BUILD with a folder as script', 'scripts: PRE_INSTALL with a folder as script'],
    matches: stateAndExit,
  },
  {
    id: "the compiler is that of the kernel's own config",
    why: '§2.6: where the file of --config names none, dkms goes by .kernelvariables, and not for KERNEL_CC',
    where: [
      'build line: dkms build twin/1.0 -k {K} --config /no/such/config',
      'conf: another one by option',
      'signing: no signing in the kernel',
      'signing: another hash',
      'BUILD_EXCLUSIVE: another configuration file',
    ],
    matches: ({ field, subject, oracle }) =>
      field === 'environment' && subject.endsWith(' KERNEL_CC') && oracle === '(as before)',
  },
  {
    id: 'without shim-signed Ubuntu signs like others',
    why: '§3.3: dkms signs nothing where update-secureboot-policy is not there, although its own pair is',
    where: ['places: on ubuntu', 'places: on mint'],
    matches: ({ field, oracle, ours }) =>
      field === 'tree' && !oracle.includes('signer:') && ours.includes('signer:'),
  },
  {
    id: 'a removal that is called off changes nothing',
    why: '§6.15: dkms has deleted the empty build folder by then',
    where: ['rpm: a safe upgrade'],
    matches: ({ field, subject, ours }) =>
      field === 'tree' && subject.endsWith('/1.0/build') && ours.startsWith('folder'),
  },
];
