import { kernel, source } from '../fixtures.ts';
import type { Scenario } from '../scenario.ts';

type Conf = Readonly<Record<string, string | undefined>>;

const word = (name: string) => `make fast ${name}=1`;
const makes = (matches: readonly (string | undefined)[]): Conf => ({
  'MAKE[0]': undefined,
  ...Object.fromEntries(matches.map((_, index) => [`MAKE[${index}]`, word(`n${index}`)])),
  ...Object.fromEntries(matches.map((match, index) => [`MAKE_MATCH[${index}]`, match])),
});

const tables: Record<string, Conf> = {
  'one that matches': makes(['^6\\.']),
  'one that does not': makes(['^5\\.']),
  'two, the last matches': makes(['^5', '^6']),
  'two, both match': makes(['^6', 'amd64']),
  'two, the first matches': makes(['^6', '^5']),
  'a default and one that matches': makes([undefined, '^6']),
  'a default and one that does not': makes([undefined, '^5']),
  'a second without match': makes([undefined, undefined]),
  'an empty match': makes(['', '^5']),
  'an alternative': makes(['^(5|6)\\.']),
  'a class': makes(['[[:digit:]]+\\.12']),
  'a range that ends': makes(['amd64$']),
  'a bad expression': makes(['(']),
  'a star alone': makes(['*']),
  'a match without a make': { 'MAKE_MATCH[0]': '^5', 'MAKE_MATCH[1]': '^6' },
  'a hole': { 'MAKE[2]': word('two'), 'MAKE_MATCH[2]': '^6' },
  'two holes': {
    'MAKE[0]': undefined,
    'MAKE[3]': word('three'),
    'MAKE_MATCH[3]': '^6',
    'MAKE[1]': word('one'),
    'MAKE_MATCH[1]': '^5',
  },
  'blanks in a match': makes(['^6 ', ' ^6']),
};

const patch = (from: string, to: string) =>
  `--- a/Makefile\n+++ b/Makefile\n@@ -1,2 +1,2 @@\n-${from}\n+${to}\n \tcp /opt/twins/modules/$(KERNELRELEASE)/twin_1_0.ko twin.ko\n`;
const first = patch('fast:', 'fast one:');
const after = patch('fast one:', 'fast one two:');

const patches: Record<string, { conf: Conf; files?: Record<string, string> }> = {
  one: { conf: { 'PATCH[0]': 'first.patch', 'MAKE[0]': 'make one' } },
  'two in order': { conf: { 'PATCH[0]': 'first.patch', 'PATCH[1]': 'after.patch', 'MAKE[0]': 'make two' } },
  'two in the wrong order': { conf: { 'PATCH[0]': 'after.patch', 'PATCH[1]': 'first.patch' } },
  'one that is not there': { conf: { 'PATCH[0]': 'none.patch' } },
  'one twice': { conf: { 'PATCH[0]': 'first.patch', 'PATCH[1]': 'first.patch' } },
  'one that matches': { conf: { 'PATCH[0]': 'first.patch', 'PATCH_MATCH[0]': '^6', 'MAKE[0]': 'make one' } },
  'one that does not match': { conf: { 'PATCH[0]': 'first.patch', 'PATCH_MATCH[0]': '^5' } },
  'a missing one that does not match': { conf: { 'PATCH[0]': 'none.patch', 'PATCH_MATCH[0]': '^5' } },
  'for the other kernel': {
    conf: { 'PATCH[0]': 'first.patch', 'PATCH_MATCH[0]': '-rt-', 'MAKE[0]': 'make fast' },
  },
  'one below': {
    conf: { 'PATCH[0]': 'deep/first.patch', 'MAKE[0]': 'make one' },
    files: { 'patches/deep/first.patch': first },
  },
  'one from above': { conf: { 'PATCH[0]': '../Makefile' } },
  'a hole': { conf: { 'PATCH[3]': 'first.patch', 'MAKE[0]': 'make one || make fast' } },
  'with fuzz': {
    conf: { 'PATCH[0]': 'fuzz.patch', 'MAKE[0]': 'make one' },
    files: {
      'patches/fuzz.patch': `--- a/Makefile\n+++ b/Makefile\n@@ -5,2 +5,2 @@\n-fast:\n+fast one:\n \tcp /opt/twins/modules/$(KERNELRELEASE)/twin_1_0.ko twin.ko\n`,
    },
  },
  'a new file': {
    conf: { 'PATCH[0]': 'new.patch', 'MAKE[0]': 'make fast && test -e new' },
    files: { 'patches/new.patch': '--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+line\n' },
  },
  'a blank in the name': {
    conf: { 'PATCH[0]': 'a b.patch', 'MAKE[0]': 'make one' },
    files: { 'patches/a b.patch': first },
  },
};

const localPatches = {
  '/etc/dkms/twin/patches/local.patch': first,
  '/etc/dkms/twin.conf': "PATCH[0]=local.patch\nMAKE[0]='make one'\n",
};

export const making: Scenario[] = [
  ...Object.entries(tables).map(([name, conf]) => ({
    name: `MAKE_MATCH: ${name}`,
    files: source({ conf }),
    steps: ['dkms add twin/1.0', 'dkms build twin/1.0 -k {K} -k {R}'],
  })),
  {
    name: 'MAKE_MATCH: for other kernels',
    files: { ...source({ conf: makes(['-rt-', '^7', '^9']) }), ...kernel('9.9-fake') },
    steps: ['dkms build twin/1.0 -k {R} -k 9.9-fake'],
  },
  ...Object.entries(patches).map(([name, { conf, files = {} }]) => ({
    name: `PATCH: ${name}`,
    files: source({ conf, files: { 'patches/first.patch': first, 'patches/after.patch': after, ...files } }),
    steps: ['dkms add twin/1.0', 'dkms build twin/1.0 -k {K}', 'dkms build twin/1.0 -k {R}'],
  })),
  {
    name: 'PATCH: of the admin',
    files: { ...source(), ...localPatches },
    steps: ['dkms build twin/1.0 -k {K}'],
  },
  {
    name: 'PATCH: the source is left alone',
    files: source({ conf: { 'PATCH[0]': 'first.patch' }, files: { 'patches/first.patch': first } }),
    steps: [
      'dkms build twin/1.0 -k {K}',
      'dkms build twin/1.0 -k {K} --force',
      'dkms install twin/1.0 -k {R}',
    ],
  },
];
